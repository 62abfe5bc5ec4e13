import { createServer, type AddressInfo, type Socket, type TcpNetConnectOpts } from "node:net";
import { expect, test, vi } from "vitest";
import { createSocketTransport } from "../../runtime/socket-transport.ts";
import { event, startScriptedRuntimeApi } from "../support/scripted-runtime-api.ts";
import type { TransportResponse } from "../../runtime/transport.ts";

/** A server whose whole behaviour is one function per connection. */
async function startRawServer(onConnection: (socket: Socket, count: number) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket, sockets.size);
  });
  await new Promise<void>((resolve) => {
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  return {
    authority: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("requests follow one another on one connection", async () => {
  await using api = await startScriptedRuntimeApi([event("1"), event("2"), event("3")]);
  const transport = createSocketTransport(api.authority);
  const bodies: string[] = [];
  for (let count = 0; count < 3; count++) {
    // oxlint-disable-next-line no-await-in-loop -- the order is the subject
    bodies.push(Buffer.from((await transport.get("/next")).body).toString());
  }
  transport.close();
  expect(bodies).toEqual(["1", "2", "3"]);
  expect(api.connectionCount()).toBe(1);
});

test("requests at the same time get connections of their own", async () => {
  await using api = await startScriptedRuntimeApi([event("1"), event("2")]);
  const transport = createSocketTransport(api.authority);
  const responses = await Promise.all([transport.get("/next"), transport.get("/next")]);
  transport.close();
  expect(responses.map(({ status }) => status)).toEqual([200, 200]);
  expect(api.connectionCount()).toBe(2);
});

test.each([
  ["text", "grüße", "grüße"],
  ["bytes", Buffer.from("grüße"), "grüße"],
  ["nothing", "", ""],
])("posts %s with its length in bytes", async (_name, body, received) => {
  await using api = await startScriptedRuntimeApi([]);
  const transport = createSocketTransport(api.authority);
  const { status } = await transport.post({ path: "/response", headers: { "Content-Type": "text/plain" }, body });
  transport.close();
  expect(status).toBe(202);
  expect(api.requests[0]?.body).toBe(received);
  expect(api.requests[0]?.headers).toMatchObject({
    host: api.authority,
    "content-type": "text/plain",
    "content-length": String(Buffer.byteLength(received)),
  });
});

test("a kept connection that is closed without an answer is replaced once", async () => {
  const answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  let connections = 0;
  await using server = await startRawServer((socket, count) => {
    connections = count;
    socket.once("data", () => {
      socket.write(answer);
      socket.once("data", () => socket.destroy());
    });
  });
  const transport = createSocketTransport(server.authority);
  await transport.get("/one");
  await expect(transport.post({ path: "/two", headers: {}, body: "body" })).resolves.toMatchObject({ status: 200 });
  transport.close();
  expect(connections).toBe(2);
});

test("an answer that ends with the connection is complete", async () => {
  await using server = await startRawServer((socket) =>
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\nall")),
  );
  const { body } = await createSocketTransport(server.authority).get("/");
  expect(Buffer.from(body).toString()).toBe("all");
});

test.each([
  ["closed before an answer", ""],
  ["closed in the middle of one", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"],
  ["garbage", "this is not HTTP\r\n\r\n"],
])("%s is RUNTIME_API_UNREACHABLE", async (_name, bytes) => {
  await using server = await startRawServer((socket) => socket.once("data", () => socket.end(bytes)));
  await expect(createSocketTransport(server.authority).get("/path")).rejects.toMatchObject({
    name: "RuntimeApiError",
    code: "RUNTIME_API_UNREACHABLE",
    path: "/path",
    cause: expect.any(Error) as Error,
  });
});

test("a refused connection is RUNTIME_API_UNREACHABLE", async () => {
  let authority: string;
  {
    await using server = await startRawServer(() => {});
    authority = server.authority;
  }
  await expect(createSocketTransport(authority).get("/")).rejects.toMatchObject({
    code: "RUNTIME_API_UNREACHABLE",
    message: expect.stringContaining("ECONNREFUSED") as string,
  });
});

test.each(["", "localhost", "localhost:", "localhost:0", "localhost:70000", "http://localhost:80", "::1:80"])(
  "%j is not an authority",
  (authority) => {
    expect(() => createSocketTransport(authority)).toThrow(expect.objectContaining({ code: "BAD_ENVIRONMENT" }));
  },
);

const answer = (status: string, body = "", headers = ""): string =>
  `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

const bodyText = ({ body }: TransportResponse): string => Buffer.from(body).toString();

test("postThenGet sends both requests before the first answer, and reads both answers", async () => {
  const received: string[] = [];
  await using server = await startRawServer((socket) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
      if (!text.endsWith("/next HTTP/1.1\r\nHost: " + server.authority + "\r\n\r\n")) return;
      received.push(text);
      socket.write(answer("202 Accepted", "ok") + answer("200 OK", "event"));
    });
  });
  const transport = createSocketTransport(server.authority);
  const statuses: number[] = [];
  const onPosted = ({ status }: TransportResponse): void => void statuses.push(status);
  const got = await transport.postThenGet?.(
    { path: "/response", headers: { A: "b" }, body: "body" },
    "/next",
    onPosted,
    bodyText,
  );
  expect(statuses).toEqual([202]);
  expect(got).toBe("event");
  expect(received).toEqual([
    `POST /response HTTP/1.1\r\nHost: ${server.authority}\r\nA: b\r\nContent-Length: 4\r\n\r\nbody` +
      `GET /next HTTP/1.1\r\nHost: ${server.authority}\r\n\r\n`,
  ]);
  transport.close();
});

test("a server that closes after the first answer gets the second request on a new connection", async () => {
  await using server = await startRawServer((socket, count) => {
    socket.once("data", () => {
      if (count === 1) socket.end(answer("202 Accepted", "", "Connection: close\r\n"));
      else socket.write(answer("200 OK", "event"));
    });
  });
  const transport = createSocketTransport(server.authority);
  const statuses: number[] = [];
  const onPosted = ({ status }: TransportResponse): void => void statuses.push(status);
  const got = await transport.postThenGet?.(
    { path: "/response", headers: {}, body: Buffer.from("body") },
    "/next",
    onPosted,
    bodyText,
  );
  expect(statuses).toEqual([202]);
  expect(got).toBe("event");
  transport.close();
});

test("a connection that ends between the two answers fails the second request only", async () => {
  await using server = await startRawServer((socket) => {
    socket.once("data", () => socket.end(answer("202 Accepted")));
  });
  const transport = createSocketTransport(server.authority);
  const statuses: number[] = [];
  const onPosted = ({ status }: TransportResponse): void => void statuses.push(status);
  const got = transport.postThenGet?.({ path: "/response", headers: {}, body: "" }, "/next", onPosted, bodyText);
  await expect(got).rejects.toMatchObject({ code: "RUNTIME_API_UNREACHABLE", path: "/next" });
  expect(statuses).toEqual([202]);
});

test("what the first answer is refused for is told at once, and the second answer is not waited for", async () => {
  await using server = await startRawServer((socket) => {
    socket.once("data", () => socket.write(answer("500 Internal Server Error")));
  });
  const transport = createSocketTransport(server.authority);
  const onPosted = ({ status }: TransportResponse): void => {
    throw new Error(`answered ${status}`);
  };
  const got = transport.postThenGet?.({ path: "/response", headers: {}, body: "" }, "/next", onPosted, bodyText);
  await expect(got).rejects.toThrow("answered 500");
  transport.close();
});

test("more answers than requests end the connection", async () => {
  let connections = 0;
  await using server = await startRawServer((socket) => {
    connections++;
    socket.on("data", () => socket.write(answer("200 OK", "1") + answer("200 OK", "2")));
  });
  const transport = createSocketTransport(server.authority);
  await transport.get("/next");
  await transport.get("/next");
  expect(connections).toBe(2);
  transport.close();
});

test("a stream whose reader is gone drains, and its answer fails", async () => {
  await using server = await startRawServer((socket) => {
    socket.once("data", () => socket.destroy());
  });
  const transport = createSocketTransport(server.authority);
  const post = transport.postStream("/response", {}, []);
  const piece = Buffer.alloc(1024 * 1024);
  while (post.write(piece));
  await post.drained();
  await expect(post.answered).rejects.toMatchObject({ code: "RUNTIME_API_UNREACHABLE" });
  await post.drained();
  expect(post.write("")).toBeTypeOf("boolean");
});

test("an answer before the end of a stream is an answer", async () => {
  await using server = await startRawServer((socket) => {
    socket.once("data", () => socket.write(answer("413 Too Large")));
  });
  const transport = createSocketTransport(server.authority);
  const post = transport.postStream("/response", {}, []);
  post.write("x");
  expect((await post.answered).status).toBe(413);
  post.write("ignored");
  post.end();
});

test("a kept connection on which something begins to arrive unasked is given up", async () => {
  let connections = 0;
  await using server = await startRawServer((socket) => {
    connections++;
    socket.on("data", () => socket.write(`${answer("200 OK", "1")}HTTP/1.1 200`));
  });
  const transport = createSocketTransport(server.authority);
  await transport.get("/next");
  await transport.get("/next");
  expect(connections).toBe(2);
  transport.close();
});

test("an engine that reads into a buffer of its own is listened to as well", async () => {
  vi.resetModules();
  vi.doMock("node:net", async (importOriginal) => {
    const net = await importOriginal<typeof import("node:net")>();
    const connect = ({ onread, ...options }: TcpNetConnectOpts): Socket =>
      net.connect(options).on("data", (chunk) => onread?.callback(chunk.length, chunk));
    return { ...net, connect };
  });
  const own = await import("../../runtime/socket-transport.ts");
  vi.doUnmock("node:net");
  await using server = await startRawServer((socket) => {
    socket.on("data", () => socket.write(answer("200 OK", "event".repeat(50_000))));
  });
  const transport = own.createSocketTransport(server.authority);
  expect(bodyText(await transport.get("/next"))).toBe("event".repeat(50_000));
  transport.close();
});
