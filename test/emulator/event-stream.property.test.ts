/** The encoder of event streams against the decoder of the AWS SDKs for JavaScript. */
import { EventStreamCodec } from "@smithy/core/event-streams";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { invokeComplete, payloadChunk } from "../../emulator/streaming/event-stream.ts";

const toText = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("utf8");
const fromText = (text: string): Uint8Array => Buffer.from(text, "utf8");

/** Feeds the bytes in pieces of these lengths, as a network would. */
function decode(bytes: Buffer, cuts: readonly number[]): { readonly name: string; readonly body: Buffer }[] {
  const codec = new EventStreamCodec(toText, fromText);
  // The codec takes whole messages; where one ends, the first four bytes of it say.
  const chunks = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let pending = Buffer.alloc(0);
  let at = 0;
  for (const end of chunks) {
    pending = Buffer.concat([pending, bytes.subarray(at, end)]);
    at = end;
    while (pending.length >= 4 && pending.length >= pending.readUInt32BE(0)) {
      const length = pending.readUInt32BE(0);
      codec.feed(pending.subarray(0, length));
      pending = pending.subarray(length);
    }
  }
  expect(pending).toHaveLength(0);
  codec.endOfStream();
  return codec
    .getAvailableMessages()
    .getMessages()
    .map(({ headers, body }) => {
      expect(headers[":message-type"]).toEqual({ type: "string", value: "event" });
      return { name: String(headers[":event-type"]?.value), body: Buffer.from(body) };
    });
}

test("pieces of any bytes and any end come out as they went in", () => {
  const text = fc.option(fc.string({ unit: "grapheme" }), { nil: undefined });
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 3000 })),
      fc.record({ ErrorCode: text, ErrorDetails: text, LogResult: text }),
      fc.array(fc.nat()),
      (payloads, complete, cuts) => {
        const encoded = Buffer.concat([
          ...payloads.flatMap((each) => [...payloadChunk(each)]),
          invokeComplete(complete),
        ]);
        const messages = decode(encoded, cuts);
        expect(messages.slice(0, -1)).toEqual(
          payloads.map((each) => ({ name: "PayloadChunk", body: Buffer.from(each) })),
        );
        expect(messages.at(-1)?.name).toBe("InvokeComplete");
        expect(JSON.parse(toText(messages.at(-1)?.body ?? ""))).toEqual(JSON.parse(JSON.stringify(complete)));
      },
    ),
  );
});

test("the decoder of this test notices a byte that is wrong", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (payload, at, flip) => {
        const encoded = Buffer.concat([...payloadChunk(payload)]);
        // Behind the length, which says where the message ends.
        const index = 4 + (at % (encoded.length - 4));
        encoded[index] = (encoded[index] ?? 0) ^ flip;
        expect(() => decode(encoded, [])).toThrow();
      },
    ),
  );
});
