/** What Node.js says about arguments of `node:zlib` that are none. */
import { inspect } from "./inspect.ts";

export type BytesLike = ArrayBufferView | ArrayBuffer;

export function isBytes(value: unknown): value is BytesLike {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

export function bytesOf(data: BytesLike): Uint8Array {
  if (data instanceof Uint8Array) return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/**
 * A member of options that is a number between two others.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`
 */
export function checkNumber<Name extends string>(
  options: { readonly [Each in Name]?: number | undefined },
  name: Name,
  [least, most]: readonly [number, number],
  fallback: number,
): number {
  const value: unknown = options[name];
  if (value === undefined || Number.isNaN(value)) return fallback;
  const what = `"options.${name}" property`;
  if (typeof value !== "number") {
    throw withCode(
      new TypeError(`The ${what} must be of type number. Received ${received(value)}`),
      "ERR_INVALID_ARG_TYPE",
    );
  }
  if (value >= least && value <= most) return value;
  const range = most === Number.POSITIVE_INFINITY ? `>= ${least}` : `>= ${least} and <= ${most}`;
  const message = `The value of "options.${name}" is out of range. It must be ${range}. Received ${value}`;
  throw withCode(new RangeError(message), "ERR_OUT_OF_RANGE");
}

export function invalidType(what: string, value: unknown, begin: string): Error {
  const kinds = "Buffer, TypedArray, DataView, or ArrayBuffer";
  return withCode(
    new TypeError(`The ${what} must be ${begin}${kinds}. Received ${received(value)}`),
    "ERR_INVALID_ARG_TYPE",
  );
}

export function withCode<Kind extends Error>(error: Kind, code: string): Kind {
  return Object.assign(error, { code });
}

function received(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return `function ${value.name}`;
  if (typeof value === "object") return `an instance of ${value.constructor.name}`;
  return `type ${typeof value} (${inspect(value)})`;
}
