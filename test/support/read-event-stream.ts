import { crc32 } from "node:zlib";

/** One message of `application/vnd.amazon.eventstream`, its headers being strings. */
export interface EventStreamMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

/** @throws Error where lengths or checksums are wrong */
export function readEventStream(bytes: Buffer): readonly EventStreamMessage[] {
  const messages: EventStreamMessage[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const message = bytes.subarray(at, at + length);
    at += length;
    const headersLength = message.readUInt32BE(4);
    if (crc32(message.subarray(0, 8)) !== message.readUInt32BE(8)) throw new Error("wrong checksum of the lengths");
    if (crc32(message.subarray(0, -4)) !== message.readUInt32BE(length - 4)) throw new Error("wrong checksum");
    messages.push({
      headers: readHeaders(message.subarray(12, 12 + headersLength)),
      payload: message.subarray(12 + headersLength, -4),
    });
  }
  return messages;
}

function readHeaders(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < bytes.length;) {
    const valueAt = at + 1 + bytes.readUInt8(at);
    if (bytes.readUInt8(valueAt) !== 7) throw new Error("a header that is no string");
    const end = valueAt + 3 + bytes.readUInt16BE(valueAt + 1);
    headers[bytes.toString("utf8", at + 1, valueAt)] = bytes.toString("utf8", valueAt + 3, end);
    at = end;
  }
  return headers;
}
