/** Managed Instances with the clients that know of them: this package's runtime, and those of AWS for Node.js and Rust. */
import { once } from "node:events";
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { ServiceException, startEmulator, type Emulator, type LogEvent } from "../../emulator/index.ts";
import type { StreamEvent } from "../fixtures/functions/stream.ts";
import { gone } from "../support/gone.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { readEventStream } from "../support/read-event-stream.ts";
import { skipWithReason } from "../support/requirement.ts";
import { runtimePeers, type RuntimePeer } from "../support/runtime-peers.ts";

/** Events that have to be worked on at the same time: their handlers stay until as many have come as are expected. */
class MeetingPoint implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#come(socket.on("error", () => {})));
  #present: Socket[] = [];
  #expected = 0;
  #complete = Promise.withResolvers<void>();

  async open(): Promise<this> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return this;
  }

  get at(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when so many have come; they stay until `leave`. */
  async expect(count: number): Promise<void> {
    this.#expected = count;
    this.#complete = Promise.withResolvers();
    this.#look();
    await this.#complete.promise;
  }

  leave(): void {
    for (const socket of this.#present.splice(0)) socket.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#present) socket.destroy();
    this.#server.close();
  }

  #come(socket: Socket): void {
    this.#present.push(socket);
    this.#look();
  }

  #look(): void {
    if (this.#present.length >= this.#expected) this.#complete.resolve();
  }
}

const threads = { AWS_LAMBDA_NODEJS_WORKER_COUNT: "2" };
const { lambda_runtime: rust, "aws-lambda-ric": ric } = runtimePeers;
const clients: Readonly<Record<string, RuntimePeer>> = {
  "this package's runtime": {
    source: new URL("../fixtures/functions/meet.ts", import.meta.url).pathname,
    environment: threads,
    whyNot: () => undefined,
  },
  "aws-lambda-ric": { ...ric, environment: { ...ric.environment, ...threads } },
  lambda_runtime: rust,
};

const maxConcurrency = 4;

interface Facts {
  readonly requestId: string;
  readonly pid: number;
  readonly threadId?: number;
  readonly traceId?: string | null;
}

/** The handlers of all events are there at the same time. */
async function meet(emulator: Emulator, point: MeetingPoint): Promise<readonly Facts[]> {
  const event = { do: "meet", at: point.at };
  const invoked = Array.from({ length: maxConcurrency }, () => invokeWhenFree(emulator, event));
  await point.expect(maxConcurrency);
  point.leave();
  return Promise.all(invoked);
}

/** A worker whose invocation was timed out comes back in its own time. */
async function invokeWhenFree(emulator: Emulator, event: object): Promise<Facts> {
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- until it is taken
      const { payload, requestId } = await emulator.invoke("it", event);
      expect(payload).toMatchObject({ requestId });
      return payload as Facts;
    } catch (error) {
      if (!(error instanceof ServiceException) || error.statusCode !== 429) throw error;
      // oxlint-disable-next-line no-await-in-loop -- what comes from the runtime is read
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe.for(Object.entries(clients))("%s", ([, { whyNot, ...client }]) => {
  const options = { ...client, maxConcurrency, concurrency: 1 };

  test("works on events at the same time, in one process", async ({ skip }) => {
    skipWithReason(skip, whyNot());
    await using point = await new MeetingPoint().open();
    await using emulator = await startEmulator({ functions: { it: { ...options, timeoutMs: 20_000 } } });
    const facts = [...(await meet(emulator, point)), ...(await meet(emulator, point))];
    expect(new Set(facts.map(({ pid }) => pid)).size).toBe(1);
    expect(new Set(facts.map(({ requestId }) => requestId)).size).toBe(2 * maxConcurrency);
  });

  test("goes on after a timeout, with all its workers", async ({ skip }) => {
    skipWithReason(skip, whyNot());
    const log: LogEvent[] = [];
    await using point = await new MeetingPoint().open();
    await using emulator = await startEmulator({
      functions: { it: { ...options, timeoutMs: 3000 } },
      onLog: (event) => log.push(event),
    });
    const [{ pid } = { pid: 0 }] = await meet(emulator, point);
    const { functionError, payload } = await emulator.invoke("it", { do: "meet", at: point.at });
    expect([functionError, payload]).toMatchObject(["Unhandled", { errorType: "Sandbox.Timedout" }]);
    point.leave();
    expect((await meet(emulator, point)).map((each) => each.pid)).toEqual(
      Array.from({ length: maxConcurrency }, () => pid),
    );
    const types = log.flatMap(({ line }) => /"type":"(platform\.\w+)"/.exec(line)?.[1] ?? []);
    expect(types.filter((type) => type === "platform.report")).toHaveLength(2 * maxConcurrency + 1);
    expect(types).not.toContain("platform.runtimeDone");
  });
});

test("this package's runtime uses its threads, and sets no trace id for the process", async () => {
  const { whyNot: _, ...client } = clients["this package's runtime"] ?? { source: "", whyNot: () => undefined };
  await using point = await new MeetingPoint().open();
  await using emulator = await startEmulator({ functions: { it: { ...client, maxConcurrency, timeoutMs: 20_000 } } });
  const facts = await meet(emulator, point);
  expect(new Set(facts.map(({ threadId }) => threadId)).size).toBe(2);
  expect(facts.map(({ traceId }) => traceId)).toEqual([null, null, null, null]);
});

test("another environment is started when all workers of the first are busy, up to the limit", async () => {
  const source = new URL("../fixtures/functions/meet.ts", import.meta.url).pathname;
  await using point = await new MeetingPoint().open();
  await using emulator = await startEmulator({
    functions: { it: { source, maxConcurrency: 2, concurrency: 2, timeoutMs: 20_000 } },
  });
  const facts = await meet(emulator, point);
  expect(new Set(facts.map(({ pid }) => pid)).size).toBe(2);
  const event = { at: point.at };
  const invoked = [1, 2, 3, 4].map(() => emulator.invoke("it", event));
  await point.expect(4);
  await expect(emulator.invoke("it", event)).rejects.toMatchObject({ statusCode: 429 });
  point.leave();
  await Promise.all(invoked);
});

test("an environment that works on something is not idle, though it has room", async () => {
  const source = new URL("../fixtures/functions/meet.ts", import.meta.url).pathname;
  const clock = new ManualClock();
  await using point = await new MeetingPoint().open();
  await using emulator = await startEmulator({
    // One environment: until its second worker asks for work, there is no room in it, and another one would be started.
    functions: { it: { source, maxConcurrency: 2, concurrency: 1, timeoutMs: 900_000, idleTimeoutMs: 5000 } },
    clock,
  });
  const long = emulator.invoke("it", { at: point.at });
  await point.expect(1);
  clock.advance(5000);
  const { pid } = await invokeWhenFree(emulator, {});
  clock.advance(5000);
  point.leave();
  expect((await long).payload).toMatchObject({ pid });
  clock.advance(5000);
  clock.advance(5000);
  await gone(pid);
  expect((await invokeWhenFree(emulator, {})).pid).not.toBe(pid);
});

test("responses are streamed side by side, and fail one by one", async () => {
  const source = new URL("../fixtures/functions/stream.ts", import.meta.url).pathname;
  const waiting: ServerResponse[] = [];
  const server = createHttpServer((_request, response) => {
    // Both have written their piece.
    if (waiting.push(response) === 2) for (const each of waiting) each.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const waitFor = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using emulator = await startEmulator({
    functions: { it: { source, maxConcurrency: 2, concurrency: 1, timeoutMs: 20_000 } },
  });
  const stream = async (event: StreamEvent): Promise<readonly string[]> => {
    const path = "/2021-11-15/functions/it/response-streaming-invocations";
    const response = await fetch(`${emulator.url}${path}`, { method: "POST", body: JSON.stringify(event) });
    return readEventStream(Buffer.from(await response.arrayBuffer())).map(({ payload }) => payload.toString());
  };
  const [whole, failed] = await Promise.all([
    stream({ pieces: ["one"], waitFor }),
    stream({ pieces: ["two"], waitFor, end: "throw" }),
  ]);
  expect(whole).toEqual(["one", "{}"]);
  expect(failed).toEqual(["two", expect.stringContaining('"ErrorCode":"Unhandled"') as string]);
  server.close();
});
