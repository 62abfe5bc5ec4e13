/** Batches, retries and losses of one subscriber, towards real listeners. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { createDelivery } from "../../emulator/telemetry/delivery.ts";
import { Subscriber } from "../../emulator/telemetry/subscriber.ts";
import { readSubscription, type SubscriptionRequest } from "../../emulator/telemetry/subscription-request.ts";
import { RuntimeApiRefusal } from "../../emulator/errors.ts";
import { ManualClock } from "../support/manual-clock.ts";

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

interface Listener {
  readonly port: number;
  readonly batches: unknown[][];
  /** Resolves with the next batch. */
  received(): Promise<unknown[]>;
  /** Answers from now on. */
  answer(): void;
}

/** Holds its answers back until it is told to give them. */
async function listen(options: { readonly answers: boolean }): Promise<Listener> {
  let { answers } = options;
  const batches: unknown[][] = [];
  const waiting: (() => void)[] = [];
  const server: Server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      batches.push(JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as unknown[]);
      server.emit("batch", batches.at(-1));
      if (answers) response.end();
      else waiting.push(() => response.end());
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    port: (server.address() as AddressInfo).port,
    batches,
    async received() {
      const [batch] = (await once(server, "batch")) as [unknown[]];
      return batch;
    },
    answer() {
      answers = true;
      for (const each of waiting.splice(0)) each();
    },
  };
}

function subscribe(port: number, clock: ManualClock, more: object = {}): Subscriber {
  const request: SubscriptionRequest = readSubscription(
    "Telemetry",
    Buffer.from(
      JSON.stringify({
        schemaVersion: "2022-12-13",
        types: ["function"],
        destination: { protocol: "HTTP", URI: `http://sandbox:${port}/` },
        ...more,
      }),
    ),
  );
  const subscriber = new Subscriber({ request, delivery: createDelivery(request.destination, "127.0.0.1"), clock });
  closers.push(() => subscriber.close());
  return subscriber;
}
const line = (record: string) => ({ timeMs: 0, kind: "function", type: "function", record }) as const;

describe("a batch", () => {
  test("goes when its time is over, not before", async () => {
    const [clock, listener] = [new ManualClock(), await listen({ answers: true })];
    const subscriber = subscribe(listener.port, clock);
    subscriber.push(line("one"));
    subscriber.push(line("two"));
    expect(clock.timerAfter(1000)).toBe(1);
    const batch = listener.received();
    clock.advance(1000);
    expect(await batch).toMatchObject([{ record: "one\n" }, { record: "two\n" }]);
    expect(listener.batches).toHaveLength(1);
  });

  test("goes when it has 256 KiB", async () => {
    const [clock, listener] = [new ManualClock(), await listen({ answers: true })];
    const subscriber = subscribe(listener.port, clock);
    const batch = listener.received();
    for (let index = 0; index < 10_000; index++) subscriber.push(line(""));
    const eventBytes = Buffer.byteLength(JSON.stringify((await batch)[0]));
    expect(await batch).toHaveLength(Math.ceil(262_144 / eventBytes));
  });
});

test("a batch goes when it has as many events as were asked for, and none has more", async () => {
  const [clock, listener] = [new ManualClock(), await listen({ answers: true })];
  const subscriber = subscribe(listener.port, clock, { buffering: { maxItems: 1000 } });
  for (let index = 0; index < 2500; index++) subscriber.push(line("x"));
  while (listener.batches.length < 2) await listener.received();
  clock.advance(1000);
  await subscriber.flush();
  expect(listener.batches.map(({ length }) => length)).toEqual([1000, 1000, 500]);
});

test("what comes while a batch is on its way waits for its own time", async () => {
  const [clock, listener] = [new ManualClock(), await listen({ answers: false })];
  const subscriber = subscribe(listener.port, clock);
  const first = listener.received();
  subscriber.push(line("one"));
  const flushed = subscriber.flush();
  await first;
  subscriber.push(line("two"));
  listener.answer();
  await flushed;
  expect(listener.batches).toHaveLength(1);
  const second = listener.received();
  clock.advance(1000);
  expect(await second).toMatchObject([{ record: "two\n" }]);
});

test("what has waited long enough behind a batch on its way goes next", async () => {
  const [clock, listener] = [new ManualClock(), await listen({ answers: false })];
  const subscriber = subscribe(listener.port, clock);
  const first = listener.received();
  subscriber.push(line("one"));
  clock.advance(1000);
  await first;
  subscriber.push(line("two"));
  clock.advance(1000);
  subscriber.push(line("three"));
  const second = listener.received();
  listener.answer();
  expect(await second).toMatchObject([{ record: "two\n" }, { record: "three\n" }]);
  await subscriber.flush();
  subscriber.push(line("four"));
  expect(clock.timerCount).toBe(1);
});

describe("a listener that answers before it reads", () => {
  // More than the system holds for a connection.
  const body = Buffer.from(`[${"x".repeat(16 * 1_048_576)}]`);

  async function listenAndAnswer(status: string) {
    const server = createTcpServer((socket) => {
      socket.once("data", (data) => {
        const answer = `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`;
        socket.pause().write(answer, () => server.emit("answered", socket, data));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const delivery = createDelivery({ protocol: "HTTP", port, path: "/", method: "POST" }, "127.0.0.1");
    closers.push(() => delivery.close());
    const answered = once(server, "answered") as Promise<[Socket, Buffer]>;
    const sent = delivery.send(body);
    sent.catch(() => {});
    const [socket, begin] = await answered;
    closers.push(() => socket.destroy());
    return { sent, socket, begin };
  }

  test("has taken the batch when it has read it", async () => {
    const { sent, socket, begin } = await listenAndAnswer("200 OK");
    const chunks = [begin];
    let readBytes = begin.length;
    socket.on("data", (data) => {
      chunks.push(data);
      readBytes += data.length;
    });
    socket.resume();
    await sent;
    // The rest of it is on its way in the system's memory.
    expect(readBytes).toBeGreaterThan(begin.length);
    const headBytes = begin.indexOf("\r\n\r\n") + 4;
    while (readBytes < headBytes + body.length) await once(socket, "data");
    expect(Buffer.concat(chunks).subarray(headBytes).equals(body)).toBe(true);
  });

  test("and refuses it, gets no more of it", async () => {
    const { sent, socket } = await listenAndAnswer("503 Service Unavailable");
    await expect(sent).rejects.toThrow("the listener answered 503");
    let readBytes = 0;
    socket.on("data", (data) => (readBytes += data.length)).on("error", () => {});
    socket.resume();
    await once(socket, "close");
    expect(readBytes).toBeLessThan(body.length);
  });

  test("and hangs up, has not taken it", async () => {
    const { sent, socket } = await listenAndAnswer("200 OK");
    socket.destroy();
    await expect(sent).rejects.toThrow();
  });
});

describe("over TCP", () => {
  test("a listener that hangs up is connected to again", async () => {
    const server = createTcpServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const clock = new ManualClock();
    const subscriber = subscribe(port, clock, { destination: { protocol: "TCP", port } });
    for (const text of ["one", "two"]) {
      // oxlint-disable no-await-in-loop -- one connection after the other
      const connected = once(server, "connection") as Promise<[Socket]>;
      subscriber.push(line(text));
      clock.advance(1000);
      const [socket] = await connected;
      const [data] = (await once(socket, "data")) as [Buffer];
      expect(JSON.parse(data.toString())).toMatchObject({ record: `${text}\n` });
      await subscriber.flush();
      // Closed once the subscriber has ended its side, too.
      socket.end();
      await once(socket, "close");
      // oxlint-enable no-await-in-loop
    }
  });

  test("a subscriber that is closed while it connects lets go of the connection", async () => {
    const server = createTcpServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const clock = new ManualClock();
    const subscriber = subscribe(port, clock, { destination: { protocol: "TCP", port } });
    const connected = once(server, "connection") as Promise<[Socket]>;
    subscriber.push(line("one"));
    const flushed = subscriber.flush();
    subscriber.close();
    const [socket] = await connected;
    socket.resume();
    await once(socket, "close");
    await flushed;
    expect(clock.timerCount).toBe(0);
  });
});

test("a subscriber that is closed while its listener holds back the answer is done at once", async () => {
  const [clock, listener] = [new ManualClock(), await listen({ answers: false })];
  const subscriber = subscribe(listener.port, clock);
  const received = listener.received();
  subscriber.push(line("one"));
  const flushed = subscriber.flush();
  await received;
  subscriber.close();
  await flushed;
  expect(clock.timerCount).toBe(0);
});

test("what a listener is too slow for is dropped, and it is told how much", async () => {
  const [clock, listener] = [new ManualClock(), await listen({ answers: false })];
  const subscriber = subscribe(listener.port, clock);
  const first = listener.received();
  subscriber.push(line("first"));
  clock.advance(1000);
  await first;
  const large = "x".repeat(100_000);
  for (let index = 0; index < 10; index++) subscriber.push(line(large));
  const second = listener.received();
  listener.answer();
  const batch = (await second) as { readonly type: string; readonly record: unknown }[];
  expect(batch.filter(({ type }) => type === "function")).toHaveLength(5);
  expect(batch.at(-1)).toMatchObject({
    type: "platform.logsDropped",
    record: { droppedRecords: 5, droppedBytes: expect.any(Number) as number },
  });
});

test("a listener that is not there is tried again, later and later", async () => {
  const clock = new ManualClock();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  const subscriber = subscribe(port, clock);
  subscriber.push(line("one"));
  clock.advance(1000);
  for (const delayMs of [100, 200, 400, 800, 1600, 3200, 5000, 5000]) {
    // oxlint-disable-next-line no-await-in-loop -- until the connection was refused
    while (clock.timerAfter(delayMs) === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(delayMs);
  }
});

test("whatever is sent as a subscription is read or refused with 400", () => {
  const values = fc.oneof(fc.jsonValue(), fc.string());
  fc.assert(
    fc.property(
      fc.oneof(
        fc.record(
          { schemaVersion: values, types: values, buffering: values, destination: values },
          { requiredKeys: [] },
        ),
        values,
      ),
      (body) => {
        try {
          readSubscription("Telemetry", Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
        } catch (error) {
          expect(error).toBeInstanceOf(RuntimeApiRefusal);
          expect(error).toMatchObject({ statusCode: 400 });
        }
      },
    ),
  );
});
