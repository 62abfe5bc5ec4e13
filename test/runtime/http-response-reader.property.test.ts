/** Any stream of bytes, cut anywhere. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HttpResponseReader } from "../../runtime/http-response-reader.ts";

interface Message {
  readonly status: number;
  readonly body: Buffer;
  readonly chunkSizes: readonly number[] | undefined;
  readonly header: string;
  readonly interim: boolean;
}

const message: fc.Arbitrary<Message> = fc.record({
  status: fc.constantFrom(200, 202, 400, 403, 413, 500),
  body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  chunkSizes: fc.option(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }), { nil: undefined }),
  header: fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/),
  interim: fc.boolean(),
});

function encode({ status, body, chunkSizes, header, interim }: Message): Buffer {
  const parts: Buffer[] = interim ? [Buffer.from("HTTP/1.1 100 Continue\r\nX: y\r\n\r\n")] : [];
  const head = (lines: string): Buffer =>
    Buffer.from(`HTTP/1.1 ${status} Reason\r\nX-Value: ${header}\r\n${lines}\r\n`);
  if (chunkSizes === undefined) return Buffer.concat([...parts, head(`Content-Length: ${body.length}\r\n`), body]);
  parts.push(head("Transfer-Encoding: chunked\r\n"));
  for (let offset = 0, index = 0; offset < body.length; index++) {
    const chunk = body.subarray(offset, offset + (chunkSizes[index % chunkSizes.length] ?? 1));
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
    offset += chunk.length;
  }
  return Buffer.concat([...parts, Buffer.from("0\r\nX-Trailer: 1\r\n\r\n")]);
}

/** As from a socket: every piece comes in the same buffer. */
function readAll(bytes: Buffer, places: readonly number[]) {
  const reader = new HttpResponseReader();
  const buffer = Buffer.alloc(bytes.length);
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  const responses = [];
  for (const [index, from] of [0, ...cuts].entries()) {
    let response = reader.push(buffer.subarray(0, bytes.copy(buffer, 0, from, cuts[index] ?? bytes.length)));
    while (response !== undefined) {
      responses.push(response);
      response = reader.hasStarted ? reader.push() : undefined;
    }
    buffer.fill("?");
  }
  return { responses, reader };
}

test("any split of any messages gives the same messages", () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (messages, places) => {
        const { responses, reader } = readAll(Buffer.concat(messages.map(encode)), places);
        expect(responses.map(({ status, headers, body }) => [status, headers["x-value"], Buffer.from(body)])).toEqual(
          messages.map(({ status, header, body }) => [status, header, body]),
        );
        expect(reader.hasStarted).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
});

test("garbage is an Error or waits for more; it never hangs", () => {
  const almostHttp = fc
    .tuple(message, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 30 }))
    .map(([each, place, garbage]) => {
      const bytes = encode(each);
      const at = place % bytes.length;
      return Buffer.concat([bytes.subarray(0, at), garbage, bytes.subarray(at)]);
    });
  const anything = fc.oneof(
    almostHttp,
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(anything, fc.array(fc.nat(), { maxLength: 10 }), (bytes, places) => {
      try {
        readAll(bytes, places).reader.end();
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect((error as Error).message).not.toBe("");
      }
    }),
    { numRuns: 1000 },
  );
});
