/** What is read as a plain request, `node:http` reads in the same way. */
import { createServer, type IncomingMessage } from "node:http";
import { connect, Socket, type AddressInfo } from "node:net";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPlainRequest } from "../../../emulator/plain-http/plain-request.ts";

const read = (text: string) => readPlainRequest(Buffer.from(text, "latin1"), new Socket());
const whole = "POST /a/b?c=%20 HTTP/1.1\r\nHost: x:1\r\nX-One:  a b\t\r\ncontent-length: 4\r\n\r\n{  }";

describe("a plain request", () => {
  test("is read to its end", () => {
    expect(read(`${whole}GET /`)).toMatchObject({
      method: "POST",
      url: "/a/b?c=%20",
      headers: { host: "x:1", "x-one": "a b", "content-length": "4" },
      body: Buffer.from("{  }"),
      end: whole.length,
    });
    expect(read("GET / HTTP/1.1\r\nhost:x\r\nConnection: Keep-Alive\r\n\r\n")?.body.length).toBe(0);
  });

  test("is none before its last byte", () => {
    for (let length = 0; length < whole.length; length++) expect(read(whole.slice(0, length))).toBeUndefined();
  });

  test.each<[string, string | RegExp, string]>([
    ["with another method", "POST", "REPORT"],
    ["of another version", "1.1", "1.0"],
    ["for a proxy", "/a/b", "http://x/a/b"],
    ["without a host", "Host", "Hosts"],
    ["with two hosts", "X-One", "host"],
    ["with a length that is no number", ": 4", ": 4.0"],
    ["with a sign in front of its length", ": 4", ": +4"],
    ["with two lengths", "X-One:  a b\t", "Content-Length: 4"],
    ["in chunks", "X-One:  a b\t", "Transfer-Encoding: chunked"],
    ["that ends its connection", "X-One:  a b\t", "Connection: close"],
    ["that asks for another protocol", "X-One:  a b\t", "Upgrade: websocket"],
    ["that wants to be told to go on", "X-One:  a b\t", "Expect: 100-continue"],
    ["with a line that goes on", "a b\t", "a\r\n b"],
    ["with a line that ends early", "a b\t", "a\nb: c"],
    ["with half an end of a line", "a b\t", "a\rb"],
    ["with a control character", "a b\t", "a\u0001b"],
    ["with other characters than ASCII", "a b\t", "\u00e9"],
    ["with a space behind a name", "X-One:", "X-One :"],
    ["with a name that objects have", "X-One", "constructor"],
    ["with a space in its path", "/a/b", "/a b"],
    ["with a long head", "a b\t", "a".repeat(9000)],
  ])("is none %s", (_what, from, to) => {
    expect(read(whole)).toBeDefined();
    expect(read(whole.replace(from, to))).toBeUndefined();
  });
});

describe("beside node:http", () => {
  let onRequest: (request: IncomingMessage, body: Buffer) => void = () => {};
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      onRequest(request, Buffer.concat(pieces));
      response.end();
    });
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** What the server makes of the first request; undefined when it refuses. */
  async function readByNode(bytes: Buffer) {
    const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
    try {
      return await new Promise<{ request: IncomingMessage; body: Buffer } | undefined>((resolve) => {
        onRequest = (request, body) => resolve({ request, body });
        socket.on("error", () => {}).on("close", () => resolve(undefined));
        socket.resume().write(bytes);
      });
    } finally {
      socket.destroy();
    }
  }

  const names = [
    "Host",
    "host",
    "Content-Length",
    "X-Amz-Log-Type",
    "Connection",
    "Accept",
    "x",
    "cookie",
    "Transfer-Encoding",
  ];
  const values = [
    "",
    "x",
    "2",
    "0",
    "02",
    "2 ",
    " 2",
    "keep-alive",
    "close",
    "a, b",
    "\u00e9",
    "a\tb",
    "a\rb",
    "identity",
    '"',
  ];
  const line = fc.tuple(fc.constantFrom(...names), fc.constantFrom(":", ": ", " :", ":\t"), fc.constantFrom(...values));
  const message = fc.record({
    start: fc.constantFrom(
      "GET / HTTP/1.1",
      "POST /a?b HTTP/1.1",
      "POST /%zz~ HTTP/1.1",
      "get / HTTP/1.1",
      "GET  / HTTP/1.1",
    ),
    lines: fc.array(
      line.map((parts) => parts.join("")),
      { maxLength: 4 },
    ),
    lineEnd: fc.constantFrom("\r\n", "\r\n", "\r\n", "\n"),
    body: fc.constantFrom("", "{}", "{} ", "GET / HTTP/1.1\r\n\r\n"),
  });

  test("never another request", async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(message, async ({ start, lines, lineEnd, body }) => {
        const head = [start, "Host: h", ...lines.filter((each) => !/^host/i.test(each) || each.length % 2 === 0)];
        const bytes = Buffer.from([...head, "", body].join(lineEnd), "latin1");
        const plain = readPlainRequest(bytes, new Socket());
        if (plain === undefined) return;
        count++;
        const found = await readByNode(bytes);
        const { method, url, httpVersion, headers, rawHeaders } = found?.request ?? {};
        const { socket: _socket, end: _end, ...expected } = plain;
        expect({ method, url, httpVersion, headers, rawHeaders, body: found?.body }).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
    expect(count).toBeGreaterThan(100);
  });
});
