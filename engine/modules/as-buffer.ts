/** Bytes of the engine become a `Buffer` of the package of that name. */
import { Buffer as JavaScriptBuffer } from "buffer/";

const { prototype } = JavaScriptBuffer;

/** The array itself, which has been nothing but bytes so far. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Object.setPrototypeOf(bytes, prototype) as Buffer;
}
