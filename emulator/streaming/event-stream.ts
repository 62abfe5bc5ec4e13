/**
 * Messages of `application/vnd.amazon.eventstream`: lengths, CRC-32 of the lengths, headers, payload, CRC-32 of all of it,
 * everything big-endian. Source: AWS SDK specification "Amazon Event Stream" (Smithy 2.0), AWS Lambda API reference,
 * InvokeWithResponseStream.
 */
import { crc32 } from "node:zlib";

/** What `InvokeComplete` tells. Members that are undefined are left out. */
export interface InvokeComplete {
  readonly ErrorCode?: string | undefined;
  readonly ErrorDetails?: string | undefined;
  /** Base64. */
  readonly LogResult?: string | undefined;
}

/** Lengths and their checksum in front, the checksum of all at the end. */
const preludeBytes = 12;
const checksumBytes = 4;
/** Type of a header's value: UTF-8 behind its length. */
const stringType = 7;

const chunkHeaders = encodeHeaders("PayloadChunk", "application/octet-stream");
const completeHeaders = encodeHeaders("InvokeComplete", "application/json");

/**
 * A message with a piece of the response, as the buffers to be written one after the other: the piece is not copied.
 *
 * @param payload at most 24 MiB, the most that SDKs accept in one message
 */
export function payloadChunk(payload: Uint8Array): readonly [head: Buffer, payload: Uint8Array, tail: Buffer] {
  return encode(chunkHeaders, payload);
}

/** The last message. */
export function invokeComplete(complete: InvokeComplete): Buffer {
  return Buffer.concat(encode(completeHeaders, Buffer.from(JSON.stringify(complete))));
}

function encode(headers: Buffer, payload: Uint8Array): [Buffer, Uint8Array, Buffer] {
  const head = Buffer.allocUnsafe(preludeBytes + headers.length);
  head.writeUInt32BE(head.length + payload.length + checksumBytes, 0);
  head.writeUInt32BE(headers.length, 4);
  head.writeUInt32BE(crc32(head.subarray(0, 8)), 8);
  headers.copy(head, preludeBytes);
  const tail = Buffer.allocUnsafe(checksumBytes);
  tail.writeUInt32BE(crc32(payload, crc32(head)), 0);
  return [head, payload, tail];
}

function encodeHeaders(eventType: string, contentType: string): Buffer {
  const headers = { ":event-type": eventType, ":content-type": contentType, ":message-type": "event" };
  return Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
}

function encodeHeader(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([
    Buffer.from([Buffer.byteLength(name)]),
    Buffer.from(name),
    Buffer.from([stringType]),
    length,
    Buffer.from(value),
  ]);
}
