/** The functions of `node:zlib` that take everything at once. */
import { invalidType, withCode } from "./argument-errors.ts";
import { asBuffer } from "./as-buffer.ts";
import { Buffer } from "./buffer.ts";
import { bytesOf, isBytes, type BytesLike } from "./bytes-like.ts";
import { openCodec, type Mode, type OpenedCodec, type ZlibOptions } from "./zlib-options.ts";

type Data = string | BytesLike;
type Callback = (error: Error | null, result?: Buffer) => void;

function read(data: Data): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (isBytes(data)) return bytesOf(data);
  const kinds = "of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer";
  throw invalidType('"buffer" argument', kinds, data);
}

function convert({ codec, finishFlush, maxOutputLength }: OpenedCodec, bytes: Uint8Array): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  for (const piece of codec.write(bytes, finishFlush)) {
    length += piece.length;
    if (length > maxOutputLength) {
      const message = `Cannot create a Buffer larger than ${maxOutputLength} bytes`;
      throw withCode(new RangeError(message), "ERR_BUFFER_TOO_LARGE");
    }
    pieces.push(asBuffer(piece));
  }
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces);
}

function codecFor(mode: Mode, options: ZlibOptions | null | undefined): OpenedCodec {
  if (options?.info === true) {
    throw withCode(new Error("The native engine has no option info for node:zlib"), "ERR_FEATURE_UNAVAILABLE");
  }
  return openCodec(mode, options);
}

function now(mode: Mode, data: Data, options: ZlibOptions | null | undefined): Buffer {
  return convert(codecFor(mode, options), read(data));
}

/** Computes later, but not beside: there is one thread. */
function later(mode: Mode, data: Data, options: ZlibOptions | Callback | null | undefined, callback?: Callback): void {
  const done = typeof options === "function" ? options : callback;
  if (typeof done !== "function") {
    throw invalidType('"callback" argument', "of type function", done);
  }
  const codec = codecFor(mode, typeof options === "function" ? undefined : options);
  const bytes = read(data);
  setImmediate(() => {
    let result: Buffer;
    try {
      result = convert(codec, bytes);
    } catch (error) {
      return done(error as Error);
    }
    return done(null, result);
  });
}

type Sync = (data: Data, options?: ZlibOptions | null) => Buffer;
type Async = (data: Data, options: ZlibOptions | Callback | null | undefined, callback?: Callback) => void;

export const deflateSync: Sync = (data, options) => now("deflate", data, options);
export const inflateSync: Sync = (data, options) => now("inflate", data, options);
export const gzipSync: Sync = (data, options) => now("gzip", data, options);
export const gunzipSync: Sync = (data, options) => now("gunzip", data, options);
export const deflateRawSync: Sync = (data, options) => now("deflateRaw", data, options);
export const inflateRawSync: Sync = (data, options) => now("inflateRaw", data, options);
export const unzipSync: Sync = (data, options) => now("unzip", data, options);

export const deflate: Async = (...args) => later("deflate", ...args);
export const inflate: Async = (...args) => later("inflate", ...args);
export const gzip: Async = (...args) => later("gzip", ...args);
export const gunzip: Async = (...args) => later("gunzip", ...args);
export const deflateRaw: Async = (...args) => later("deflateRaw", ...args);
export const inflateRaw: Async = (...args) => later("inflateRaw", ...args);
export const unzip: Async = (...args) => later("unzip", ...args);
