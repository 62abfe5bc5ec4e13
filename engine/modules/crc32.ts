/** `crc32` of `node:zlib`. */
import { invalidType, outOfRange } from "./argument-errors.ts";
import { bytesOf, isBytes, type BytesLike } from "./bytes-like.ts";
import { native } from "./native.ts";

/**
 * CRC-32 of ISO 3309, as gzip, PNG and zip use it.
 *
 * @param value the sum of what came before
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`
 */
export function crc32(data: string | BytesLike, value: number = 0): number {
  if (typeof value !== "number") throw invalidType('"value" argument', "of type number", value);
  if (!Number.isInteger(value)) throw outOfRange('"value"', "an integer", value);
  if (value < 0 || value > 0xffff_ffff) throw outOfRange('"value"', ">= 0 && <= 4294967295", value);
  if (typeof data === "string") return native.crc32(data, value | 0) >>> 0;
  if (isBytes(data) && !(data instanceof ArrayBuffer)) return native.crc32(bytesOf(data), value | 0) >>> 0;
  throw invalidType('"data" argument', "of type string or an instance of Buffer, TypedArray, or DataView", data);
}
