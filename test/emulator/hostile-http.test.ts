/** Callers and runtimes whose HTTP is broken, late or cut off: each has a defined end, and the next invocation works. */
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startEmulator, type Emulator } from "../../emulator/index.ts";
import { PlainAnswer } from "../../emulator/plain-http/plain-answer.ts";
import { next as askForEvent } from "../../emulator/runtime-api/runtime-routes.ts";
import { nextPath, startRuntime } from "../support/runtime-by-hand.ts";
import { exchange, formatRequest, malformedRequests, open, parseAnswer } from "../support/raw-http.ts";

const misbehave = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;
const invocations = "/2015-03-31/functions/it/invocations";
const portOf = (emulator: Emulator): number => Number(new URL(emulator.url).port);
const start = (): Promise<Emulator> => startEmulator({ functions: { it: { source: misbehave } } });

describe("a body", () => {
  const types = ["", "text", ";;", "application/json; charset=", "\u00e9/x", "application/json, text/plain"];

  test("is an event whatever its type is called", async () => {
    await using emulator = await start();
    for (const type of types) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const received = await exchange(portOf(emulator), [
        formatRequest("POST", invocations, '{"how":"well"}', `Content-Type: ${type}\r\n`),
      ]);
      expect([type, parseAnswer(received).status, parseAnswer(received).body]).toEqual([type, 200, '"well"']);
    }
  });

  test("is a response whatever its type is called", async () => {
    await using runtime = await startRuntime();
    for (const type of types) {
      const answered = runtime.assign("1");
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { path } = await runtime.next();
      // oxlint-disable-next-line no-await-in-loop
      const received = await exchange(runtime.port, [
        formatRequest("POST", `${path}/response`, "2", `Content-Type: ${type}\r\n`),
      ]);
      expect([type, parseAnswer(received).status]).toEqual([type, 202]);
      // oxlint-disable-next-line no-await-in-loop
      expect((await answered).payload.toString()).toBe("2");
    }
  });
});

describe("a runtime", () => {
  test("that sends its answer and next in one piece and hangs up is not given the next event", async () => {
    await using runtime = await startRuntime();
    const first = runtime.assign("1");
    const { path } = await runtime.next();
    const keepAlive = formatRequest("POST", `${path}/response`, "2").replace("Connection: close\r\n", "");
    await exchange(runtime.port, [keepAlive + formatRequest("GET", nextPath)], "hang-up");
    expect((await first).payload.toString()).toBe("2");
    const second = runtime.assign("3");
    const next = await runtime.next();
    expect(next.event).toBe("3");
    expect(await runtime.respond(next.path, "4")).toBe(202);
    expect((await second).payload.toString()).toBe("4");
  });

  test("that waits on two connections adds nothing to them with every event", async () => {
    await using runtime = await startRuntime();
    const { environment } = runtime;
    const sockets = [open(runtime.port).socket, open(runtime.port).socket];
    const ask = (socket: Socket): void => {
      const response = new PlainAnswer(socket, "", () => {});
      askForEvent({ environment, request: { headers: {}, socket }, response, requestId: "" });
    };
    for (const socket of sockets) ask(socket);
    const counts: number[] = [];
    for (let count = 1; count <= 8; count++) {
      const answered = runtime.assign("1");
      environment.session.respond(`request-${count}`, Buffer.from("2"), undefined);
      // oxlint-disable-next-line no-await-in-loop -- one event after the other
      await answered;
      const [first, second] = sockets as [Socket, Socket];
      counts.push(first.listenerCount("close"));
      // The one that got the event is the last to get another.
      ask(first);
      sockets.splice(0, 2, second, first);
    }
    expect(new Set(counts).size).toBe(1);
    for (const socket of sockets) socket.destroy();
  });

  test("that hangs up without an answer is given the same event again", async () => {
    await using runtime = await startRuntime();
    const answered = runtime.assign("1");
    const connection = open(runtime.port);
    connection.socket.write(formatRequest("GET", nextPath));
    await new Promise((resolve) => connection.socket.once("data", resolve));
    connection.socket.destroy();
    const { path, event } = await runtime.next();
    expect(event).toBe("1");
    expect(await runtime.respond(path, "2")).toBe(202);
    expect((await answered).payload.toString()).toBe("2");
  });

  test.each<[string, (path: string) => string, "hang-up" | "half-close", string]>([
    ["sends half a header", () => "POST /2018", "hang-up", ""],
    [
      "sends half an answer",
      (path) => formatRequest("POST", `${path}/response`, "x".repeat(99)).slice(0, -9),
      "hang-up",
      "",
    ],
    [
      "says no more after half an answer",
      (path) => formatRequest("POST", `${path}/response`, "x".repeat(99)).slice(0, -9),
      "half-close",
      "HTTP/1.1 400 Bad Request",
    ],
    ["says no more after next", () => formatRequest("GET", nextPath), "half-close", ""],
  ])("that %s has not answered, and can", async (_name, request, afterwards, answer) => {
    await using runtime = await startRuntime();
    const answered = runtime.assign("1");
    const { path } = await runtime.next();
    const received = await exchange(runtime.port, [request(path)], afterwards);
    if (answer !== "") expect(received.split("\r\n")[0]).toBe(answer);
    expect(await runtime.respond(path, "2")).toBe(202);
    expect((await answered).payload.toString()).toBe("2");
  });

  test("that answers byte by byte is heard", async () => {
    await using runtime = await startRuntime();
    const answered = runtime.assign("1");
    const { path } = await runtime.next();
    const answer = formatRequest("POST", `${path}/response`, '{"slow":true}');
    expect(parseAnswer(await exchange(runtime.port, answer.split(""))).status).toBe(202);
    expect((await answered).payload.toString()).toBe('{"slow":true}');
  });

  test("that answers twice, or for another invocation, is refused; the first answer counts", async () => {
    await using runtime = await startRuntime();
    const answered = runtime.assign("1");
    const { path } = await runtime.next();
    expect(await runtime.respond("/2018-06-01/runtime/invocation/another", "0")).toBe(400);
    expect(await runtime.respond(path, "2")).toBe(202);
    expect(await runtime.respond(path, "3")).toBe(403);
    expect((await answered).payload.toString()).toBe("2");
    const second = runtime.assign("4");
    const next = await runtime.next();
    expect(await runtime.respond(path, "5")).toBe(400);
    expect(await runtime.respond(next.path, "6")).toBe(202);
    expect((await second).payload.toString()).toBe("6");
  });

  test.each(Object.entries(malformedRequests))("that sends %s gets 400, and goes on", async (_name, bytes) => {
    await using runtime = await startRuntime();
    const answered = runtime.assign("1");
    const { path } = await runtime.next();
    expect(await exchange(runtime.port, [bytes])).toMatch(/^HTTP\/1\.1 400 /);
    expect(await runtime.respond(path, "2")).toBe(202);
    expect((await answered).payload.toString()).toBe("2");
  });
});

describe("a caller", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await start();
  });
  afterAll(() => emulator.close());
  afterEach(async () => {
    expect((await emulator.invoke("it", { how: "well" })).payload).toBe("well");
  });

  const { "a chunk size that is none": _late, ...early } = malformedRequests;
  test.each(Object.entries(early))("that sends %s gets 400", async (_name, bytes) => {
    expect(await exchange(portOf(emulator), [bytes])).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("whose chunks are broken gets 400", async () => {
    const chunked = `POST ${invocations} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n`;
    expect(await exchange(portOf(emulator), [chunked, "xyz\r\n"])).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("whose headers have more than 1 MiB gets 431", async () => {
    const statusWith = async (bytes: number): Promise<string | undefined> => {
      const request = formatRequest("POST", invocations, '{"how":"well"}', `X: ${"x".repeat(bytes)}\r\n`);
      return (await exchange(portOf(emulator), [request])).split(" ")[1];
    };
    expect(await statusWith(1_000_000)).toBe("200");
    expect(await statusWith(1_100_000)).toBe("431");
  });

  test("that sends byte by byte is answered", async () => {
    const request = formatRequest("POST", invocations, '{"how":"well"}');
    expect(parseAnswer(await exchange(portOf(emulator), request.split(""))).body).toBe('"well"');
  });

  test.each(["hang-up", "half-close"] as const)(
    "that goes away after half a request invokes nothing (%s)",
    async (how) => {
      const started: string[] = [];
      await using own = await startEmulator({
        functions: { it: { source: misbehave } },
        onLog: ({ line }) => line.startsWith("START") && started.push(line),
      });
      await exchange(portOf(own), [formatRequest("POST", invocations, '{"how":"well"}').slice(0, -3)], how);
      await own.invoke("it", { how: "well" });
      expect(started).toHaveLength(1);
    },
  );

  test.each(["hang-up", "half-close"] as const)("that goes away does not end its invocation (%s)", async (how) => {
    const ended = Promise.withResolvers<void>();
    await using own = await startEmulator({
      functions: { it: { source: misbehave, concurrency: 1 } },
      onLog: ({ line }) => line.endsWith("\tline 9") && ended.resolve(),
    });
    const received = await exchange(
      portOf(own),
      [formatRequest("POST", invocations, '{"how":"flood","size":10}')],
      how,
    );
    expect(received).toBe("");
    await ended.promise;
    await own.waitForIdle();
    expect((await own.invoke("it", { how: "well" })).payload).toBe("well");
  });
});

describe("close", () => {
  const isReached = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port });
      socket.once("error", () => resolve(false)).once("connect", () => resolve(true));
      socket.once("connect", () => socket.destroy());
    });

  test.each([
    ["has sent nothing", ""],
    ["has sent half a header", `POST ${invocations} HTTP/1.1\r\nHo`],
    ["has sent half a body", formatRequest("POST", invocations, '{"how":"well"}').slice(0, -5)],
  ])("does not wait for a caller that %s", async (_name, piece) => {
    const emulator = await start();
    const caller = open(portOf(emulator));
    await new Promise((resolve) => caller.socket.write(piece, resolve));
    // Connections are taken in order: now the emulator knows the one above.
    expect((await fetch(`${emulator.url}/2015-03-31/functions/it`)).status).toBe(200);
    await emulator.close();
    await caller.closed;
    expect(caller.received()).toBe("");
  });

  test("does not wait for a caller that does not read its answer", async () => {
    const emulator = await start();
    const caller = open(portOf(emulator));
    caller.socket.pause();
    for (let count = 0; count < 20; count++) {
      caller.socket.write(
        formatRequest("POST", invocations, '{"how":"large","size":6000000}').replace("Connection: close\r\n", ""),
      );
    }
    await new Promise((resolve) => caller.socket.once("readable", resolve));
    await emulator.close();
    caller.socket.destroy();
    await caller.closed;
  });

  const large = '{"how":"large","size":6000000}';
  test.each([
    ["a plain request", `Content-Length: ${large.length}\r\n\r\n${large}`],
    ["a request in chunks", `Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`],
  ])("lets the answer to %s go out", async (_what, rest) => {
    const emulator = await start();
    const caller = open(portOf(emulator));
    caller.socket.pause();
    caller.socket.write(`POST ${invocations} HTTP/1.1\r\nHost: localhost\r\n${rest}`);
    await new Promise((resolve) => caller.socket.once("readable", resolve));
    const closed = emulator.close();
    // oxlint-disable-next-line no-await-in-loop -- until it listens no more
    while (await isReached(portOf(emulator)));
    caller.socket.resume();
    await Promise.all([closed, caller.closed]);
    expect(parseAnswer(caller.received()).body).toHaveLength(6_000_002);
  });

  test("answers the caller whose invocation it ends", async () => {
    const emulator = await start();
    const caller = open(portOf(emulator));
    caller.socket.write(formatRequest("POST", invocations, '{"how":"hang"}'));
    // By then the environment has been started.
    expect((await emulator.invoke("it", { how: "well" })).payload).toBe("well");
    await emulator.close();
    await caller.closed;
    const { status, body } = parseAnswer(caller.received());
    expect(status).toBe(503);
    expect(body).toContain("The emulator was closed while the function was invoked");
  });
});
