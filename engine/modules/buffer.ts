/** `node:buffer`: the package of that name, with what the engine does faster than any JavaScript that it interprets. */
import { Buffer as JavaScriptBuffer } from "buffer/";
import { asBuffer } from "./as-buffer.ts";
import { native, type TextEncoding } from "./native.ts";

const encodings: Readonly<Record<string, TextEncoding>> = {
  utf8: "utf8",
  "utf-8": "utf8",
  latin1: "latin1",
  binary: "latin1",
  hex: "hex",
  utf16le: "utf16le",
  "utf-16le": "utf16le",
  ucs2: "utf16le",
  "ucs-2": "utf16le",
  ascii: "ascii",
};

type BufferClass = typeof globalThis.Buffer;
const BufferBase = JavaScriptBuffer as unknown as BufferClass & {
  from(...args: unknown[]): Buffer;
  prototype: Record<string, (...args: never[]) => unknown>;
};
const { prototype } = BufferBase;
const original = {
  from: BufferBase.from,
  byteLength: BufferBase.byteLength,
  toString: prototype["toString"] as (this: Uint8Array, encoding?: string, start?: number, end?: number) => string,
  indexOf: prototype["indexOf"] as (this: Uint8Array, ...args: unknown[]) => number,
};

/** As lenient as Node.js: both alphabets, with or without padding, up to the first `=`, other characters skipped. */
function decodeBase64(text: string): Uint8Array {
  const digits = text
    .replace(/=.*$/s, "")
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replaceAll(/[^A-Za-z0-9+/]/g, "");
  const whole = digits.length % 4 === 1 ? digits.slice(0, -1) : digits;
  return (Uint8Array as unknown as { fromBase64(text: string): Uint8Array }).fromBase64(whole);
}

function encodeBase64(bytes: Uint8Array, isUrl: boolean): string {
  const options = isUrl ? { alphabet: "base64url", omitPadding: true } : {};
  const { toBase64 } = Uint8Array.prototype as unknown as { toBase64(this: Uint8Array, options: object): string };
  return toBase64.call(bytes, options);
}

/** Bytes of a text; undefined for an encoding that nobody knows. */
function encode(text: string, encoding: string): Uint8Array | undefined {
  const name = encoding.toLowerCase();
  if (name === "base64" || name === "base64url") return decodeBase64(text);
  // ASCII is written as Latin-1.
  const known = name === "ascii" ? "latin1" : encodings[name];
  return known === undefined ? undefined : native.encode(text, known);
}

BufferBase.from = ((value: unknown, encoding?: unknown, length?: unknown) => {
  // (bytes, offset?, length?)
  if (value instanceof ArrayBuffer) return asBuffer(new Uint8Array(value, encoding as number, length as number));
  if (typeof value !== "string") return original.from.call(BufferBase, value, encoding, length);
  const bytes = encode(value, typeof encoding === "string" ? encoding : "utf8");
  return bytes === undefined ? original.from.call(BufferBase, value, encoding) : asBuffer(bytes);
}) as typeof BufferBase.from;

BufferBase.byteLength = ((value: unknown, encoding?: string) =>
  typeof value === "string"
    ? encoding === undefined || encoding === "utf8"
      ? native.byteLength(value)
      : encode(value, encoding)?.length
    : original.byteLength.call(BufferBase, value as string)) as typeof BufferBase.byteLength;

Object.assign(BufferBase, {
  isEncoding: (name: unknown) =>
    typeof name === "string" && (name.toLowerCase() in encodings || /^base64(url)?$/i.test(name)),
  poolSize: 8192,
});

/** Where an index lies: negative ones count from the end. Source: ECMA-262, "%TypedArray%.prototype.subarray". */
function place(index: unknown, absent: number, length: number): number {
  const wanted = index === undefined ? absent : Math.trunc(Number(index)) || 0;
  return wanted < 0 ? Math.max(0, length + wanted) : Math.min(wanted, length);
}

const faster: object & ThisType<Uint8Array> = {
  // Without defaults, which cost more than all the rest of the usual call.
  toString(wantedEncoding?: string, wantedStart?: number, wantedEnd?: number) {
    const isWhole = wantedStart === undefined && wantedEnd === undefined;
    if (isWhole && (wantedEncoding === "utf8" || wantedEncoding === undefined)) {
      return native.decode(this, "utf8");
    }
    const encoding = wantedEncoding ?? "utf8";
    const start = wantedStart ?? 0;
    const end = wantedEnd ?? this.length;
    const part = start > 0 || end < this.length ? this.subarray(start, end) : this;
    const name = String(encoding).toLowerCase();
    if (name === "base64" || name === "base64url") return encodeBase64(part, name === "base64url");
    const known = encodings[name];
    return known === undefined ? original.toString.call(this, encoding, start, end) : native.decode(part, known);
  },
  // The array's own asks for the constructor, and would get the slow one of the package.
  subarray(from: unknown, to: unknown) {
    const start = place(from, 0, this.length);
    const length = Math.max(0, place(to, this.length, this.length) - start);
    return asBuffer(new Uint8Array(this.buffer, this.byteOffset + start, length));
  },
  indexOf(needle: unknown, from: unknown, encoding: unknown) {
    const isFast = typeof needle === "string" || needle instanceof Uint8Array;
    const start = from === undefined ? 0 : Number(from);
    const isPlain = start >= 0 && (encoding === undefined || encoding === "utf8");
    return isFast && isPlain
      ? native.indexOf(this, needle, start)
      : original.indexOf.call(this, needle, from, encoding);
  },
  includes(needle: unknown, from: unknown, encoding: unknown) {
    return (this.indexOf as (...args: unknown[]) => number)(needle, from, encoding) !== -1;
  },
  equals(other: unknown) {
    if (!(other instanceof Uint8Array)) throw new TypeError('The "otherBuffer" argument must be a Uint8Array');
    return this.length === other.length && (this.length === 0 || native.indexOf(this, other, 0) === 0);
  },
  latin1Slice(start: number, end: number) {
    return native.decode(this.subarray(start, end), "latin1");
  },
  utf8Slice(start: number, end: number) {
    return native.decode(this.subarray(start, end), "utf8");
  },
};
Object.assign(prototype, faster, { slice: (faster as { subarray: unknown }).subarray });

const write = prototype["write"] as (this: Uint8Array, ...args: unknown[]) => number;
prototype["write"] = function writeText(this: Uint8Array, text: string, ...rest: unknown[]): number {
  // (text, offset?, length?, encoding?)
  const encoding = rest.find((each) => typeof each === "string") ?? "utf8";
  const [offset = 0, length = this.length] = rest.filter((each) => typeof each === "number");
  const bytes = encode(text, encoding);
  if (bytes === undefined) return write.call(this, text, ...rest);
  const part = bytes.subarray(0, Math.min(length, this.length - offset));
  this.set(part, offset);
  return part.length;
};

// Bundlers give it another one, and packages look at it.
Object.defineProperty(BufferBase, "name", { value: "Buffer" });

export const Buffer: BufferClass = BufferBase;
export type Buffer = globalThis.Buffer;
export { atob, btoa } from "./base64.ts";
export const constants: Readonly<Record<string, number>> = { MAX_LENGTH: 2 ** 31 - 1, MAX_STRING_LENGTH: 2 ** 30 - 1 };
export const kMaxLength: number = constants["MAX_LENGTH"] ?? 0;
