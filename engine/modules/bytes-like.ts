/** Bytes in any of their forms. */
import { invalidType } from "./argument-errors.ts";

export type BytesLike = ArrayBufferView | ArrayBuffer;

export function isBytes(value: unknown): value is BytesLike {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

/**
 * The same memory.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`: what is no bytes must not pass for none
 */
export function bytesOf(data: BytesLike): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalidType('"data" argument', "an instance of ArrayBuffer, Buffer, TypedArray, or DataView", data);
}
