/** The options of `node:zlib`, checked as Node.js checks them. */
import { invalidType } from "./argument-errors.ts";
import { bytesOf, isBytes, type BytesLike } from "./bytes-like.ts";
import { checkNumber } from "./check-number.ts";
import { native, type ZlibStep } from "./native.ts";
import { Codec, finish } from "./zlib-codec.ts";

export type Mode = "deflate" | "inflate" | "gzip" | "gunzip" | "deflateRaw" | "inflateRaw" | "unzip";

/** As Node.js names them. */
export interface ZlibOptions {
  /** Of what comes while there is more to come. @default 0, Z_NO_FLUSH */
  readonly flush?: number;
  /** Of the last. @default 4, Z_FINISH: data that breaks off is an error */
  readonly finishFlush?: number;
  /** Bytes of a piece of what comes out. @default 16,384 */
  readonly chunkSize?: number;
  /** Base-2 logarithm. @default 15 */
  readonly windowBits?: number;
  /** @default -1 */
  readonly level?: number;
  /** @default 8 */
  readonly memLevel?: number;
  /** @default 0 */
  readonly strategy?: number;
  readonly dictionary?: BytesLike;
  /** Of functions that give back everything at once. @default no limit */
  readonly maxOutputLength?: number;
  /** Data behind the end, even another member, is an error. @default false */
  readonly rejectGarbageAfterEnd?: boolean;
  readonly info?: boolean;
}

const maxPieceBytes = 1_048_576;

/** What the options come to. */
export interface OpenedCodec {
  readonly codec: Codec;
  readonly flush: number;
  readonly finishFlush: number;
  readonly maxOutputLength: number;
}

/** @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` */
export function openCodec(mode: Mode, given?: ZlibOptions | null): OpenedCodec {
  const options = given ?? {};
  const mostBytes = Number.MAX_SAFE_INTEGER;
  return {
    flush: checkNumber(options, "flush", [0, 5], 0),
    finishFlush: checkNumber(options, "finishFlush", [0, 5], finish),
    maxOutputLength: checkNumber(options, "maxOutputLength", [1, mostBytes], mostBytes),
    codec: new Codec({
      open: opener(mode, options),
      isGzip: mode === "unzip" ? undefined : mode === "gunzip",
      // Nobody sees how large the pieces are that the engine makes of more.
      chunkSize: Math.min(
        Math.trunc(checkNumber(options, "chunkSize", [64, Number.POSITIVE_INFINITY], 16_384)),
        maxPieceBytes,
      ),
      rejectsGarbage: options.rejectGarbageAfterEnd === true,
    }),
  };
}

function opener(mode: Mode, options: ZlibOptions): () => ZlibStep {
  const isInflate = mode === "inflate" || mode === "gunzip" || mode === "inflateRaw" || mode === "unzip";
  // A window of 256 bytes is not gzip's; inflate takes that of the header for 0.
  const isFromHeader = isInflate && (options.windowBits === undefined || options.windowBits === 0);
  const least = mode === "gzip" ? 9 : 8;
  const given = isFromHeader ? 15 : checkNumber(options, "windowBits", [least, 15], 15);
  const level = checkNumber(options, "level", [-1, 9], -1);
  const memLevel = checkNumber(options, "memLevel", [1, 9], 8);
  const strategy = checkNumber(options, "strategy", [0, 4], 0);
  const { dictionary = new Uint8Array() } = options;
  if (!isBytes(dictionary)) {
    const kinds = "an instance of Buffer, TypedArray, DataView, or ArrayBuffer";
    throw invalidType('"options.dictionary" property', kinds, dictionary);
  }
  const bytes = bytesOf(dictionary);
  const windowBits = windowBitsOf(mode, given);
  return isInflate
    ? () => native.inflate(windowBits, bytes)
    : () => native.deflate(windowBits, level, memLevel, strategy, bytes);
}

/** zlib's way to tell the formats apart. */
function windowBitsOf(mode: Mode, bits: number): number {
  if (mode === "unzip") return bits + 32;
  if (mode === "gzip" || mode === "gunzip") return bits + 16;
  // zlib has never had deflate's window of 256 bytes without a header.
  if (mode === "deflateRaw") return -Math.max(bits, 9);
  return mode === "inflateRaw" ? -bits : bits;
}
