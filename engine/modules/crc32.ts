/** `crc32` of `node:zlib`. */
import { native } from "./native.ts";

/** CRC-32 of ISO 3309, as gzip, PNG and zip use it. */
export function crc32(data: string | ArrayBufferView, value: number = 0): number {
  const isPlain = typeof data === "string" || data instanceof Uint8Array;
  return native.crc32(isPlain ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength), value | 0);
}
