/** Asynchronous invocations: retries, records, dead letters. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect } from "vitest";
import { startEmulator, type Emulator, type FunctionOptions } from "../../emulator/index.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { test } from "../support/temporary-folder.ts";

const misbehave = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;

function start(
  options: Omit<FunctionOptions, "source">,
  more: Partial<Parameters<typeof startEmulator>[0]> = {},
): Promise<Emulator> {
  return startEmulator({ functions: { it: { source: misbehave, ...options } }, ...more });
}

const records = (path: string): unknown[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

test("the SDK gets 202 and nothing else; the record of success has event and result", async ({ folder }) => {
  const onSuccess = join(folder, "success.jsonl");
  await using emulator = await start({ eventInvokeConfig: { onSuccess } });
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const client = new LambdaClient({ endpoint: emulator.url, region: "us-east-1", credentials });
  const output = await client.send(
    new InvokeCommand({ FunctionName: "it", InvocationType: "Event", Payload: '{"how":"well"}' }),
  );
  client.destroy();
  expect(output).toMatchObject({ StatusCode: 202 });
  expect(output.Payload ?? []).toHaveLength(0);
  await emulator.waitForIdle();
  expect(records(onSuccess)).toEqual([
    {
      version: "1.0",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      requestContext: {
        requestId: output.$metadata.requestId,
        functionArn: "arn:aws:lambda:us-east-1:000000000000:function:it:$LATEST",
        condition: "Success",
        approximateInvokeCount: 1,
      },
      requestPayload: { how: "well" },
      responseContext: { statusCode: 200, executedVersion: "$LATEST" },
      responsePayload: "well",
    },
  ]);
});

test("who waits until all is idle has the whole log", async () => {
  const lines: string[] = [];
  await using emulator = await start({}, { onLog: ({ line }) => lines.push(line) });
  for (const count of [1, 2, 3]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await emulator.invokeAsync("it", { how: "well" });
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await emulator.waitForIdle();
    expect(lines.filter((line) => line.startsWith("REPORT"))).toHaveLength(count);
  }
});

describe("a function that fails", () => {
  test("is tried three times with the same request id, then recorded and kept as a dead letter", async ({ folder }) => {
    const [onFailure, deadLetterQueue] = [join(folder, "failure.jsonl"), join(folder, "dead.jsonl")];
    const starts: string[] = [];
    await using emulator = await start(
      { eventInvokeConfig: { retryDelaysMs: [0, 0], onFailure, deadLetterQueue } },
      { onLog: ({ line }) => line.startsWith("START") && starts.push(line) },
    );
    const requestId = await emulator.invokeAsync("it", { how: "throw" });
    await emulator.waitForIdle();
    expect(starts).toEqual(Array.from({ length: 3 }, () => `START RequestId: ${requestId} Version: $LATEST`));
    expect(records(onFailure)).toEqual([
      expect.objectContaining({
        requestContext: expect.objectContaining({ condition: "RetriesExhausted", approximateInvokeCount: 3 }) as object,
        responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
        responsePayload: expect.objectContaining({ errorMessage: "bad order" }) as object,
      }),
    ]);
    expect(records(deadLetterQueue)).toEqual([
      {
        body: '{"how":"throw"}',
        messageAttributes: { RequestID: requestId, ErrorCode: "200", ErrorMessage: "bad order" },
      },
    ]);
  });

  test("waits one minute, then two, by the clock it is given", async () => {
    const clock = new ManualClock();
    const attempts: number[] = [];
    await using emulator = await start(
      {},
      { clock, onLog: ({ line }) => line.startsWith("START") && attempts.push(clock.now()) },
    );
    const began = clock.now();
    await emulator.invokeAsync("it", { how: "throw" });
    await expect.poll(() => [attempts.length, clock.timerAfter(60_000)]).toEqual([1, 1]);
    clock.advance(60_000);
    await expect.poll(() => [attempts.length, clock.timerAfter(120_000)]).toEqual([2, 1]);
    clock.advance(119_999);
    expect(attempts).toHaveLength(2);
    clock.advance(1);
    await expect.poll(() => attempts.map((each) => each - began)).toEqual([0, 60_000, 180_000]);
    await emulator.waitForIdle();
  });

  test("is given up when its event is too old", async ({ folder }) => {
    const onFailure = join(folder, "failure.jsonl");
    const eventInvokeConfig = { retryDelaysMs: [1000, 1000], maximumEventAgeMs: 1, onFailure };
    await using emulator = await start({ eventInvokeConfig });
    await emulator.invokeAsync("it", { how: "throw" });
    await emulator.waitForIdle();
    expect(records(onFailure)).toEqual([
      expect.objectContaining({
        requestContext: expect.objectContaining({ condition: "EventAgeExceeded", approximateInvokeCount: 1 }) as object,
      }),
    ]);
  });
});

test("an event waits for a free environment", async () => {
  const clock = new ManualClock();
  const reports: string[] = [];
  await using emulator = await start(
    { concurrency: 1 },
    { clock, onLog: ({ line, requestId }) => line.startsWith("REPORT") && reports.push(requestId ?? "") },
  );
  const first = await emulator.invokeAsync("it", { how: "a" });
  const second = await emulator.invokeAsync("it", { how: "b" });
  await expect.poll(() => [reports, clock.timerAfter(1000)]).toEqual([[first], 1]);
  clock.advance(1000);
  await emulator.waitForIdle();
  await expect.poll(() => reports).toEqual([first, second]);
});

test("without any concurrency nothing is tried", async ({ folder }) => {
  const onFailure = join(folder, "failure.jsonl");
  const deadLetterQueue = join(folder, "dead.jsonl");
  await using emulator = await start({ concurrency: 0, eventInvokeConfig: { onFailure, deadLetterQueue } });
  await emulator.invokeAsync("it", { how: "well" });
  await emulator.waitForIdle();
  const [record] = records(onFailure) as [{ requestContext: object }];
  expect(record.requestContext).toMatchObject({ condition: "ZeroReservedConcurrency", approximateInvokeCount: 0 });
  expect(record).not.toHaveProperty("responsePayload");
  expect(records(deadLetterQueue)).toMatchObject([{ messageAttributes: { ErrorMessage: "Rate Exceeded." } }]);
  await expect(emulator.invoke("it")).rejects.toMatchObject({ code: "TooManyRequestsException" });
});

test("records go to a function and to a server, and what does not arrive is told", async () => {
  const received: { headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body });
      response.writeHead(received.length === 1 ? 200 : 500).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/records`;
  const notices: string[] = [];
  await using emulator = await startEmulator({
    functions: {
      it: {
        source: misbehave,
        eventInvokeConfig: { maximumRetryAttempts: 0, onSuccess: "function:next", deadLetterQueue: url },
      },
      next: { source: misbehave, eventInvokeConfig: { onSuccess: url } },
    },
    onNotice: (message) => notices.push(message),
  });
  await emulator.invokeAsync("it", { how: "throw" });
  await emulator.waitForIdle();
  expect(received).toMatchObject([{ headers: { errormessage: "bad order" }, body: '{"how":"throw"}' }]);
  await emulator.invokeAsync("it", { how: "well" });
  await emulator.waitForIdle();
  expect(JSON.parse(received[1]?.body ?? "")).toMatchObject({
    requestContext: { functionArn: expect.stringMatching(/function:next:\$LATEST$/) as string },
    requestPayload: { requestPayload: { how: "well" } },
  });
  expect(notices).toEqual([expect.stringMatching(/^The record of .* was not delivered: .* answered 500$/)]);
  server.close();
});

test.each([
  [{ maximumRetryAttempts: 3 }, "maximumRetryAttempts must be 0, 1 or 2"],
  [{ maximumEventAgeMs: 0 }, "maximumEventAgeMs must be from 1 to 21600000"],
  [{ retryDelaysMs: [1] }, "retryDelaysMs must be two numbers"],
  [{ onSuccess: "sqs://orders" }, 'cannot deliver to "sqs://orders"'],
  [{ deadLetterQueue: 1 }, "onSuccess, onFailure and deadLetterQueue must be texts"],
  [{ onFailure: "function:nope" }, "delivers to nope, which is not emulated here"],
  [{ retries: 1 }, 'eventInvokeConfig has no "retries"'],
])("%j is refused", async (eventInvokeConfig, message) => {
  await expect(start({ eventInvokeConfig: eventInvokeConfig as object })).rejects.toMatchObject({
    code: "BAD_OPTIONS",
    message: expect.stringContaining(message) as string,
  });
});
