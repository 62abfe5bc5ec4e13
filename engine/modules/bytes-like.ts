/** Bytes in any of their forms. */
import { invalidType } from "./argument-errors.ts";

export type BytesLike = ArrayBufferView | ArrayBuffer;

type Getter = (this: unknown) => unknown;

/** Of the engine, whatever an object says of itself: prototypes and members can be anything. */
const getter = (prototype: object, name: string): Getter =>
  Object.getOwnPropertyDescriptor(prototype, name)?.get as Getter;
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const lengthOfBuffer = getter(ArrayBuffer.prototype, "byteLength");
const ofTypedArray = ["buffer", "byteOffset", "byteLength"].map((name) => getter(typedArray, name));
const ofDataView = ["buffer", "byteOffset", "byteLength"].map((name) => getter(DataView.prototype, name));

export function isBytes(value: unknown): value is BytesLike {
  return ArrayBuffer.isView(value) || isArrayBuffer(value);
}

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  if (!(value instanceof ArrayBuffer)) return false;
  try {
    lengthOfBuffer.call(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * The same memory.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`: what is no bytes must not pass for none
 */
export function bytesOf(data: BytesLike): Uint8Array {
  if (ArrayBuffer.isView(data)) {
    const getters = data instanceof DataView ? ofDataView : ofTypedArray;
    const [buffer, offset, length] = getters.map((each) => each.call(data));
    return new Uint8Array(buffer as ArrayBuffer, offset as number, length as number);
  }
  if (isArrayBuffer(data)) return new Uint8Array(data);
  throw invalidType('"data" argument', "an instance of ArrayBuffer, Buffer, TypedArray, or DataView", data);
}
