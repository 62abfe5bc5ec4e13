/** Whatever an extension sends as a subscription, on a real port: it is answered, and the function works. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { exchange, formatRequest, parseAnswer } from "../support/raw-http.ts";
import { aSandbox } from "../support/a-sandbox.ts";
import { FakeBootstrap } from "../support/fake-bootstrap.ts";
import { startRuntime } from "../support/runtime-by-hand.ts";

const paths = ["/2022-07-01/telemetry", "/2020-08-15/logs"] as const;
const valid = {
  schemaVersion: fc.constantFrom("2022-07-01", "2022-12-13", "2025-01-29", "2020-08-15", "2021-03-18"),
  types: fc.subarray(["platform", "function", "extension"]),
  buffering: fc.record(
    { maxItems: fc.integer(), maxBytes: fc.integer(), timeoutMs: fc.integer() },
    { requiredKeys: [] },
  ),
  // Nothing is ever sent: the environment is gone before a batch is.
  destination: fc.record({ protocol: fc.constantFrom("HTTP", "TCP"), URI: fc.webUrl(), port: fc.integer() }),
};
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .record(valid, { requiredKeys: [] })
    .chain((whole) =>
      fc.dictionary(fc.constantFrom(...Object.keys(valid)), fc.jsonValue()).map((broken) => ({ ...whole, ...broken })),
    )
    .map((given) => Buffer.from(JSON.stringify(given))),
);

test("it is answered with 200 or 400", async () => {
  await using runtime = await startRuntime();
  const { port, environment } = runtime;
  environment.start(() => aSandbox((onOutput) => new FakeBootstrap(onOutput)));
  const registered = parseAnswer(
    await exchange(port, [
      formatRequest("POST", "/2020-01-01/extension/register", "{}", "Lambda-Extension-Name: internal\r\n"),
    ]),
  );
  const identifier = `Lambda-Extension-Identifier: ${registered.headers.get("lambda-extension-identifier")}\r\n`;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), body, async (path, sent) => {
      const head = formatRequest("PUT", path, "", identifier).replace(
        "Content-Length: 0",
        `Content-Length: ${sent.length}`,
      );
      const answer = parseAnswer(await exchange(port, [head, Buffer.from(sent)]));
      expect([200, 400]).toContain(answer.status);
      if (answer.status === 400) expect(JSON.parse(answer.body)).toMatchObject({ errorType: "ValidationError" });
    }),
  );
});
