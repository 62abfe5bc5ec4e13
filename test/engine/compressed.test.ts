/** What `fetch` of the native engine makes of compressed bodies is what Node.js makes of them. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect } from "vitest";
import { engineTimeoutMs } from "../support/native-engine.ts";
import { runOnBothEngines } from "../support/run-on-both-engines.ts";
import { test } from "../support/temporary-folder.ts";

const text = "the same words and the same words. ".repeat(3000);
const gzip = gzipSync(text);
/** By path: the header, the body. */
const answers: Readonly<Record<string, readonly [string, Uint8Array]>> = {
  plain: ["identity", Buffer.from(text)],
  gzip: ["gzip", gzip],
  loud: ["GZIP", gzip],
  old: ["x-gzip", gzip],
  deflate: ["deflate", deflateSync(text)],
  raw: ["deflate", deflateRawSync(text)],
  twice: ["deflate, gzip", gzipSync(deflateSync(text))],
  unknown: ["gzip, mine", gzip],
  cut: ["gzip", gzip.subarray(0, -20)],
  damaged: ["gzip", Buffer.from("this is no gzip")],
  nothing: ["gzip", Buffer.alloc(0)],
  members: ["gzip", Buffer.concat([gzip, gzip])],
  five: ["gzip, gzip, gzip, gzip, gzip", [1, 2, 3, 4].reduce<Uint8Array>((body) => gzipSync(body), gzip)],
  six: ["gzip, gzip, gzip, gzip, gzip, gzip", gzip],
};

test("bodies of responses, line by line", { timeout: engineTimeoutMs }, async ({ folder }) => {
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? "";
    if (name === "asked") return response.end(request.headers["accept-encoding"]);
    const [encoding, body] = answers[name] ?? ["", ""];
    return response.writeHead(200, { "Content-Encoding": encoding }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const variables = {
    SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    NAMES: Object.keys(answers).join(" "),
  };
  const { node, native } = await runOnBothEngines("compressed.mjs", folder, variables);
  server.closeAllConnections();
  server.close();
  expect(native.stderr).toBe("");
  expect(native.stdout.split("\n")).toEqual(node.split("\n"));
  expect(node).toContain(`gzip 200 gzip ${text.length} the same words`);
  expect(native.exit).toBe(0);
});
