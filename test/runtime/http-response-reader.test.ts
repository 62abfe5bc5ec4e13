import { describe, expect, test } from "vitest";
import { HttpResponseReader } from "../../runtime/http-response-reader.ts";
import type { TransportResponse } from "../../runtime/transport.ts";

const messages: Record<string, string> = {
  "fixed length": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One:  1 \r\n\r\nhello",
  "empty body": "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n",
  "no content": "HTTP/1.1 204 No Content\r\n\r\n",
  chunked: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;ext=1\r\n, world!!!\r\n0\r\n\r\n",
  "chunked with trailers": "HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: Chunked\r\n\r\n1\r\nx\r\n0\r\nTrailer-One: 1\r\n\r\n",
  "interim answer": "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
};
const bodies: Record<string, string> = {
  "fixed length": "hello",
  "empty body": "",
  "no content": "",
  chunked: "hello, world!!!",
  "chunked with trailers": "x",
  "interim answer": "ok",
};

function readAll(chunks: readonly Buffer[]): TransportResponse[] {
  const reader = new HttpResponseReader();
  return chunks.map((chunk) => reader.push(chunk)).filter((each) => each !== undefined);
}

const textOf = (response: TransportResponse | undefined): string | undefined =>
  response && Buffer.from(response.body).toString("utf8");

describe.each(Object.entries(messages))("%s", (name, message) => {
  const bytes = Buffer.from(message);

  test("is read from one chunk", () => {
    const responses = readAll([bytes]);
    expect(responses.map(textOf)).toEqual([bodies[name]]);
  });

  test("is read the same after a split at every place", () => {
    for (let place = 1; place < bytes.length; place++) {
      expect(readAll([bytes.subarray(0, place), bytes.subarray(place)]).map(textOf)).toEqual([bodies[name]]);
    }
  });

  test("is read the same byte by byte", () => {
    expect(readAll(Array.from(bytes, (byte) => Buffer.of(byte))).map(textOf)).toEqual([bodies[name]]);
  });
});

test("names of headers are lower case, values trimmed", () => {
  const [response] = readAll([Buffer.from(messages["fixed length"] ?? "")]);
  expect(response?.status).toBe(200);
  expect(response?.headers["x-one"]).toBe("1");
});

test("reads one response after the other on the same connection", () => {
  const reader = new HttpResponseReader();
  for (const [name, message] of Object.entries(messages))
    expect(textOf(reader.push(Buffer.from(message)))).toBe(bodies[name]);
});

test("keeps bytes behind a response for the next one", () => {
  const reader = new HttpResponseReader();
  const first = reader.push(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nConte"));
  expect(textOf(first)).toBe("a");
  expect(reader.hasStarted).toBe(true);
  expect(textOf(reader.push(Buffer.from("nt-Length: 1\r\n\r\nb")))).toBe("b");
});

test("a response without a length ends with the connection", () => {
  const reader = new HttpResponseReader();
  expect(reader.push(Buffer.from("HTTP/1.1 200 OK\r\n\r\nall "))).toBeUndefined();
  expect(reader.push(Buffer.from("of it"))).toBeUndefined();
  expect(textOf(reader.end())).toBe("all of it");
});

test("a response cut short is not completed by the end of the connection", () => {
  const reader = new HttpResponseReader();
  expect(reader.push(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"))).toBeUndefined();
  expect(reader.end()).toBeUndefined();
});

test.each([
  ["no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
  ["a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n"],
  ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
  ["a chunk size that is no number", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
  ["a chunk longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"],
])("%s is an error", (_name, message) => {
  expect(() => readAll([Buffer.from(message)])).toThrow(Error);
});

test("a head without an end does not grow for ever", () => {
  const reader = new HttpResponseReader();
  expect(() => {
    for (let count = 0; count < 20; count++) reader.push(Buffer.alloc(100_000, "a"));
  }).toThrow("exceeds");
});

test("a chunk size line without an end is refused once it is longer than any head", () => {
  const reader = new HttpResponseReader();
  reader.push(Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  expect(() => reader.push(Buffer.alloc(1024 * 1024 + 1, "1"))).toThrow("without an end");
});
