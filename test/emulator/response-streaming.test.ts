/** Streamed responses, through the AWS SDK and without it. */
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  type InvokeCommandOutput,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulator, type Emulator } from "../../emulator/index.ts";
import type { StreamEvent } from "../fixtures/functions/stream.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { PieceReader } from "../support/piece-reader.ts";
import { readEventStream } from "../support/read-event-stream.ts";

const source = new URL("../fixtures/functions/stream.ts", import.meta.url).pathname;
const plain = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;
const mebibyte = 1_048_576;

const reader = new PieceReader();
let emulator: Emulator;
let client: LambdaClient;

beforeAll(async () => {
  await reader.start();
  emulator = await startEmulator({
    functions: {
      stream: { source, timeoutMs: 60_000, memoryMib: 512 },
      short: { source, timeoutMs: 3000, memoryMib: 512 },
      plain: { source: plain },
    },
  });
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  client = new LambdaClient({ endpoint: emulator.url, region: "us-east-1", credentials });
});
afterAll(async () => {
  client.destroy();
  reader.close();
  await emulator.close();
});

interface Received {
  readonly text: string;
  readonly bytes: number;
  readonly complete: { readonly ErrorCode?: string; readonly ErrorDetails?: string; readonly LogResult?: string };
}

async function stream(event: StreamEvent | object, functionName = "stream"): Promise<Received> {
  const command = new InvokeWithResponseStreamCommand({
    FunctionName: functionName,
    Payload: JSON.stringify(event),
    LogType: "Tail",
  });
  // Not what an earlier test has received.
  reader.received("");
  const output = await client.send(command);
  expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
  let text = "";
  let bytes = 0;
  for await (const { PayloadChunk, InvokeComplete } of output.EventStream ?? []) {
    if (PayloadChunk?.Payload !== undefined) {
      bytes += PayloadChunk.Payload.length;
      if (text.length < 1000) text += Buffer.from(PayloadChunk.Payload.subarray(0, 1000)).toString();
      reader.received(text);
    }
    if (InvokeComplete !== undefined) return { text, bytes, complete: InvokeComplete as Received["complete"] };
  }
  throw new Error("the stream ended without InvokeComplete");
}

describe("the SDK", () => {
  test("gets each piece while the handler waits for it to be there", async () => {
    const { text } = await stream({ pieces: ["one ", "two ", "three"], waitFor: reader.url });
    expect(text).toBe("one two three");
  });

  test("gets the log with the end", async () => {
    const { complete } = await stream({ pieces: ["1"] });
    expect(complete.ErrorCode).toBeUndefined();
    expect(Buffer.from(complete.LogResult ?? "", "base64").toString()).toMatch(/^START [^]*\nREPORT .*\n$/);
  });

  test("gets the error that came behind the pieces", async () => {
    const { text, complete } = await stream({ pieces: ["part"], end: "throw" });
    expect(text).toBe("part");
    expect(complete.ErrorCode).toBe("Unhandled");
    expect(JSON.parse(complete.ErrorDetails ?? "")).toMatchObject({ errorType: "TypeError", errorMessage: "no more" });
  });

  test("gets the error of a handler that wrote nothing", async () => {
    const { text, complete } = await stream({ end: "throw" });
    expect(text).toBe("");
    expect(complete).toMatchObject({
      ErrorCode: "Unhandled",
      ErrorDetails: expect.stringContaining("no more") as string,
    });
  });

  test.for([["exit", "Runtime.TruncatedResponse", "stream"] as const, ["hang", "Sandbox.Timedout", "short"] as const])(
    "gets what came before %s, and %s",
    async ([end, errorType, functionName]) => {
      const { text, complete } = await stream({ pieces: ["part"], waitFor: reader.url, end }, functionName);
      expect(text).toBe("part");
      expect(complete.ErrorCode).toBe("Unhandled");
      expect(JSON.parse(complete.ErrorDetails ?? "")).toMatchObject({ errorType });
      expect((await stream({ pieces: ["again"] }, functionName)).text).toBe("again");
    },
  );

  test("gets the response of a handler that does not stream as a single piece, and its error at the end", async () => {
    expect(await stream({ how: "well" }, "plain")).toMatchObject({ text: '"well"' });
    const { text, complete } = await stream({ how: "throw" }, "plain");
    expect(text).toBe("");
    expect(JSON.parse(complete.ErrorDetails ?? "")).toMatchObject({
      errorType: "TypeError",
      errorMessage: "bad order",
    });
  });

  test("is refused a function that is not there", async () => {
    await expect(stream({}, "nobody")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("a response of 200 MiB", () => {
  test("arrives, in memory that does not grow with it; a byte more is an error", async () => {
    const before = process.memoryUsage.rss();
    const { bytes, complete } = await stream({ mebibytes: 200 });
    expect(bytes).toBe(200 * mebibyte);
    expect(complete.ErrorCode).toBeUndefined();
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * mebibyte);
    const tooLarge = await stream({ pieces: ["x"], mebibytes: 200 });
    expect(tooLarge.bytes).toBeLessThanOrEqual(200 * mebibyte);
    expect(tooLarge.complete.ErrorDetails).toContain("Function.ResponseSizeTooLarge");
    expect((await stream({ pieces: ["again"] })).text).toBe("again");
  });
});

describe("a caller of Invoke", () => {
  const invoke = (event: StreamEvent): Promise<InvokeCommandOutput> =>
    client.send(new InvokeCommand({ FunctionName: "stream", Payload: JSON.stringify(event) }));

  test("gets a streamed response in one piece", async () => {
    const output = await invoke({ pieces: ["one ", "two"] });
    expect(output.FunctionError).toBeUndefined();
    expect(output.Payload?.transformToString()).toBe("one two");
  });

  test("gets the error of the stream, behind what was written or instead of nothing", async () => {
    const partial = await invoke({ pieces: ["part"], end: "throw" });
    expect(partial.FunctionError).toBe("Unhandled");
    expect(partial.Payload?.transformToString()).toBe("part");
    const none = await invoke({ end: "throw" });
    expect(none.FunctionError).toBe("Unhandled");
    expect(JSON.parse(none.Payload?.transformToString() ?? "")).toMatchObject({ errorMessage: "no more" });
  });

  test("gets no more than 6 MiB", async () => {
    const output = await invoke({ mebibytes: 7 });
    expect(output.FunctionError).toBe("Unhandled");
    expect(output.Payload?.transformToString()).toContain("Function.ResponseSizeTooLarge");
  });
});

/** Node.js has it for those who ask. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** The beginning of the answer. */
async function post(url: string, functionName: string, event: StreamEvent): Promise<IncomingMessage> {
  const { hostname, port } = new URL(url);
  const path = `/2021-11-15/functions/${functionName}/response-streaming-invocations`;
  const outgoing = httpRequest({ hostname, port, method: "POST", path, agent: false });
  outgoing.end(JSON.stringify(event));
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  return response;
}

describe("a caller that goes away", () => {
  test("leaves the function running to its end, and the environment usable", async () => {
    const response = await post(emulator.url, "stream", { mebibytes: 100 });
    await once(response, "data");
    response.destroy();
    await emulator.waitForIdle();
    expect((await stream({ pieces: ["again"] })).text).toBe("again");
  });

  test("leaves nothing in the emulator", { timeout: 90_000 }, async () => {
    const leave = async (times: number): Promise<number> => {
      for (let time = 0; time < times; time++) {
        // oxlint-disable no-await-in-loop -- one after the other
        const response = await post(emulator.url, "stream", { mebibytes: 1 });
        await once(response, "data");
        response.destroy();
        await emulator.waitForIdle();
        // oxlint-enable no-await-in-loop
      }
      // Buffers are given back beside the program, some time after they were found to be garbage.
      const seen: number[] = [];
      for (let turn = 0; turn < 20; turn++) {
        collectGarbage();
        // oxlint-disable-next-line no-await-in-loop -- turns of the event loop
        await new Promise(setImmediate);
        seen.push(process.memoryUsage().arrayBuffers);
      }
      return Math.min(...seen);
    };
    const before = await leave(20);
    // What was on its way to each of them would be 64 KiB at least.
    expect((await leave(100)) - before).toBeLessThan(3 * mebibyte);
  });
});

test("a caller that does not read keeps the function waiting, and gets the rest when it reads again", async () => {
  await using own = await startEmulator({ functions: { it: { source, timeoutMs: 2500, memoryMib: 512 } } });
  const before = process.memoryUsage.rss();
  const response = await post(own.url, "it", { mebibytes: 200 });
  // Without a reader it does not come to its end: the time runs out in the middle.
  await own.waitForIdle();
  expect(process.memoryUsage.rss() - before).toBeLessThan(50 * mebibyte);
  const messages = readEventStream(await buffer(response));
  const complete = messages.at(-1);
  expect(complete?.headers[":event-type"]).toBe("InvokeComplete");
  expect(complete?.payload.toString()).toContain("Sandbox.Timedout");
  const bytes = messages.slice(0, -1).reduce((sum, { payload }) => sum + payload.length, 0);
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(100 * mebibyte);
});

test("with pacing, what is behind 6 MiB comes as time passes, at 2 MiB a second", async () => {
  const clock = new ManualClock();
  await using own = await startEmulator({
    functions: { it: { source, timeoutMs: 60_000, memoryMib: 512, streamPacing: true } },
    clock,
  });
  const response = await post(own.url, "it", { mebibytes: 8 });
  let bytes = 0;
  response.on("data", (chunk: Buffer) => (bytes += chunk.length));
  // The timers of the timeout and of the pace.
  while (clock.timerCount < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(bytes).toBeLessThan(6.1 * mebibyte);
  let passedMs = 0;
  while (!response.readableEnded) {
    if (clock.timerCount > 1) {
      clock.advance(10);
      passedMs += 10;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(bytes).toBeGreaterThan(8 * mebibyte);
  expect(passedMs).toBeGreaterThanOrEqual(1000);
});
