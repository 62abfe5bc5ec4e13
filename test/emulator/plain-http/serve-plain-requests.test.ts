/** Connections with plain requests behave as those of `node:http`, and become such where they have to. */
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { Answering } from "../../../emulator/answering.ts";
import type { ServePlain } from "../../../emulator/plain-http/plain-connection.ts";
import { servePlainRequests } from "../../../emulator/plain-http/serve-plain-requests.ts";
import { readBody } from "../../../emulator/read-body.ts";
import { sendBytes } from "../../../emulator/send-bytes.ts";
import { open } from "../../support/raw-http.ts";

interface Asked {
  readonly url: string;
  readonly socket: Socket;
  readonly response: Answering;
  readonly body: Buffer;
}

/** A server whose requests `onRequest` gets, those of each reader with its name. */
async function start(onRequest: (reader: "plain" | "node", asked: Asked) => void, takes: ServePlain = () => true) {
  const server: Server = createServer((request, response) => {
    const { url = "", socket } = request;
    readBody(request, (body = Buffer.alloc(0)) => onRequest("node", { url, socket, response, body }));
  });
  let handedOver = 0;
  server.on("connection", () => void handedOver++);
  servePlainRequests(server, (request, answer) => {
    if (!takes(request, answer)) return false;
    const { url, socket, body } = request;
    onRequest("plain", { url, socket, response: answer, body });
    return true;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    handedOver: () => handedOver,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const send = ({ response }: Asked, text: string): void => sendBytes(response, 200, [], Buffer.from(text));
const format = (url: string, body = "", method = "POST"): string =>
  `${method} ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
/** The bodies of the answers so far, once there are so many. */
async function answers({ socket, received }: ReturnType<typeof open>, count: number): Promise<string[]> {
  for (;;) {
    const bodies = [...bodiesIn(received())];
    if (bodies.length >= count) return bodies;
    // oxlint-disable-next-line no-await-in-loop -- until it is there
    await new Promise((resolve) => socket.once("data", resolve));
  }
}

/** Of those that are whole. */
function* bodiesIn(text: string): Generator<string> {
  for (let from = 0; ;) {
    const [head = "", length] =
      /^HTTP\/1\.1 200 OK\r\n[^]*?Content-Length: (\d+)\r\n[^]*?\r\n\r\n/.exec(text.slice(from)) ?? [];
    const end = from + head.length + Number(length);
    if (head === "" || end > text.length) return;
    yield text.slice(from + head.length, end);
    from = end;
  }
}

test("requests in one piece are answered one after the other, by whom they are for", async () => {
  await using running = await start((reader, each) =>
    setImmediate(() => send(each, `${reader} ${each.url} ${each.body.toString()}`)),
  );
  const connection = open(running.port);
  connection.socket.write(format("/a", "1") + format("/b") + format("/c", "2", "REPORT") + format("/d", "3"));
  expect(await answers(connection, 4)).toEqual(["plain /a 1", "plain /b ", "node /c 2", "node /d 3"]);
  connection.socket.destroy();
});

test("what the routes do not take is node:http's", async () => {
  await using running = await start(
    (reader, each) => send(each, reader),
    ({ url }) => url !== "/other",
  );
  const connection = open(running.port);
  connection.socket.write(format("/a") + format("/other") + format("/a"));
  expect(await answers(connection, 3)).toEqual(["plain", "node", "node"]);
  connection.socket.destroy();
});

test("a request in pieces is node:http's, whole ones before it are not", async () => {
  await using running = await start((reader, each) => send(each, `${reader} ${each.body.toString()}`));
  const connection = open(running.port);
  connection.socket.write(format("/a", "1") + format("/a", "22").slice(0, -1));
  expect(await answers(connection, 1)).toEqual(["plain 1"]);
  connection.socket.write("2");
  expect(await answers(connection, 2)).toEqual(["plain 1", "node 22"]);
  connection.socket.destroy();
});

test("who sends too much ahead waits, and is served in the end", async () => {
  const body = "x".repeat(8000);
  let first: Asked | undefined;
  await using running = await start((_reader, each) => {
    if (each.url === "/first") first = each;
    else send(each, each.body.toString());
  });
  const connection = open(running.port);
  connection.socket.write(format("/first"));
  connection.socket.write(format("/next", body).repeat(100));
  while (first?.socket.isPaused() !== true) {
    // oxlint-disable-next-line no-await-in-loop -- until it is
    await new Promise(setImmediate);
  }
  send(first, "first");
  expect(await answers(connection, 101)).toEqual(["first", ...Array.from({ length: 100 }, () => body)]);
  connection.socket.destroy();
});

test("who does not read its answers is given no more of them", async () => {
  let served = 0;
  const count = 200;
  const body = "~".repeat(200_000);
  await using running = await start((_reader, each) => {
    served++;
    send(each, body);
  });
  const { socket } = open(running.port);
  socket.pause();
  socket.write(format("/").repeat(count));
  const isBehind = async (): Promise<boolean> => {
    const before = served;
    for (let turn = 0; turn < 100; turn++) {
      // oxlint-disable-next-line no-await-in-loop -- turns of the event loop
      await new Promise(setImmediate);
    }
    return served > 0 && served === before;
  };
  while (!(await isBehind()));
  expect(served).toBeLessThan(count);
  let [bytes, headBytes] = [0, 0];
  const isComplete = new Promise<void>((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      if (bytes === 0) headBytes = chunk.indexOf("\r\n\r\n") + 4;
      bytes += chunk.length;
      if (bytes === count * (headBytes + body.length)) resolve();
    });
  });
  socket.resume();
  await isComplete;
  expect(served).toBe(count);
  socket.destroy();
});

test.each(["whole", "in part"])(
  "what is there %s behind a request of somebody who has gone is not looked at",
  async (how) => {
    const asked: Asked[] = [];
    const first = Promise.withResolvers<void>();
    await using running = await start((_reader, each) => {
      asked.push(each);
      first.resolve();
    });
    const connection = open(running.port);
    connection.socket.write(format("/first") + format("/next", "1").slice(0, how === "whole" ? undefined : -1));
    await first.promise;
    const [each] = asked;
    const gone = new Promise<void>((resolve) => each?.socket.once("close", resolve));
    connection.socket.destroy();
    await gone;
    if (each !== undefined) send(each, "too late");
    expect(asked).toHaveLength(1);
    expect(running.handedOver()).toBe(0);
  },
);

describe.each(["plain", "node"] as const)("as %s", (reader) => {
  const takes = (): boolean => reader === "plain";
  const startAs = (onRequest: (asked: Asked) => void) =>
    start((by, asked) => {
      expect(by).toBe(reader);
      onRequest(asked);
    }, takes);

  test("an answer has the head of node:http", async () => {
    await using running = await startAs(({ response }) =>
      sendBytes(response, 202, ["X-One", "a", "x-two", "b"], Buffer.from("body")),
    );
    running.server.keepAliveTimeout = 72_000;
    const connection = open(running.port);
    connection.socket.write(format("/"));
    await new Promise((resolve) => connection.socket.once("data", resolve));
    expect(connection.received().replace(/Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/, "Date: now")).toBe(
      "HTTP/1.1 202 Accepted\r\nX-One: a\r\nx-two: b\r\nContent-Length: 4\r\nDate: now\r\n" +
        "Connection: keep-alive\r\nKeep-Alive: timeout=72\r\n\r\nbody",
    );
    connection.socket.destroy();
  });

  test("an answer without a body", async () => {
    await using running = await startAs(({ response }) => void response.writeHead(204, []).end());
    const connection = open(running.port);
    connection.socket.write(format("/"));
    await new Promise((resolve) => connection.socket.once("data", resolve));
    expect(connection.received()).toMatch(/^HTTP\/1\.1 204 No Content\r\n[^]*\r\n\r\n$/);
    connection.socket.destroy();
  });

  test("a large answer arrives as a whole", async () => {
    const body = "x".repeat(3_000_000);
    await using running = await startAs((asked) => send(asked, body));
    const connection = open(running.port);
    connection.socket.write(format("/"));
    while (connection.received().length < body.length) {
      // oxlint-disable-next-line no-await-in-loop -- until it is there
      await new Promise((resolve) => connection.socket.once("data", resolve));
    }
    expect(connection.received().endsWith(`\r\n\r\n${body}`)).toBe(true);
    connection.socket.destroy();
  });

  test("it is told when an answer is out, and when its caller has gone", async () => {
    const told = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const asked: Asked[] = [];
    const second = Promise.withResolvers<void>();
    await using running = await startAs((each) => {
      each.response.once("close", () => told[asked.indexOf(each)]?.resolve());
      if (asked.push(each) === 1) send(each, "first");
      else second.resolve();
    });
    const connection = open(running.port);
    connection.socket.write(format("/"));
    await told[0]?.promise;
    expect(await answers(connection, 1)).toEqual(["first"]);
    connection.socket.write(format("/"));
    await second.promise;
    connection.socket.destroy();
    await told[1]?.promise;
    // Too late, and nobody's fault.
    if (asked[1] !== undefined) send(asked[1], "second");
  });

  test("it is told late when its caller reads late", async () => {
    let isTold = false;
    const told = Promise.withResolvers<void>();
    const sent = Promise.withResolvers<Socket>();
    await using running = await startAs((each) => {
      each.response.once("close", () => told.resolve(void (isTold = true)));
      send(each, "x".repeat(20_000_000));
      sent.resolve(each.socket);
    });
    const { socket } = open(running.port);
    socket.pause();
    socket.write(format("/"));
    const { writableLength } = await sent.promise;
    expect(writableLength).toBeGreaterThan(0);
    expect(isTold).toBe(false);
    socket.resume();
    await told.promise;
    socket.destroy();
  });

  test("who closes its side gets no answer", async () => {
    const asked = Promise.withResolvers<Asked>();
    await using running = await startAs(asked.resolve);
    const connection = open(running.port);
    connection.socket.write(format("/"));
    const { response } = await asked.promise;
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    connection.socket.end();
    await closed;
    await connection.closed;
    expect(connection.received()).toBe("");
  });

  test("a connection without a request is closed after its time, one with a request is not", async () => {
    const asked = Promise.withResolvers<Asked>();
    await using running = await startAs(asked.resolve);
    Object.assign(running.server, { keepAliveTimeout: 100, keepAliveTimeoutBuffer: 400 });
    const connection = open(running.port);
    connection.socket.write(format("/"));
    const each = await asked.promise;
    // Of `node:http` only those end by themselves that had a request.
    const idle = open(running.port);
    if (reader === "plain") await idle.closed;
    send(each, "late");
    expect(await answers(connection, 1)).toEqual(["late"]);
    await connection.closed;
    idle.socket.destroy();
  });

  test("a closing server ends idle connections, and cuts others when it is told to", async () => {
    const asked = Promise.withResolvers<Asked>();
    await using running = await startAs((each) => {
      if (each.url === "/waits") asked.resolve(each);
      else send(each, "served");
    });
    const [idle, waiting] = [open(running.port), open(running.port)];
    idle.socket.write(format("/"));
    expect(await answers(idle, 1)).toEqual(["served"]);
    waiting.socket.write(format("/waits"));
    await asked.promise;
    const closed = new Promise((resolve) => running.server.close(resolve));
    await idle.closed;
    expect(waiting.socket.destroyed).toBe(false);
    running.server.closeAllConnections();
    await Promise.all([waiting.closed, closed]);
  });
});
