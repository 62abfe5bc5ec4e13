/** What `node:zlib` and `fetch` compress and decompress with. Source: RFC 1950 (zlib), 1951 (deflate) and 1952 (gzip). */
import { asBuffer } from "./as-buffer.ts";
import { native, type ZlibStep } from "./native.ts";
import { bytesOf, checkNumber, invalidType, isBytes, withCode, type BytesLike } from "./zlib-arguments.ts";

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

const finish = 4;
/** First byte of gzip's data, and of nothing else. */
const gzipMark = 0x1f;

const codes: Readonly<Record<number, string>> = {
  "2": "Z_NEED_DICT",
  "-2": "Z_STREAM_ERROR",
  "-3": "Z_DATA_ERROR",
  "-4": "Z_MEM_ERROR",
  "-5": "Z_BUF_ERROR",
};

function zlibError(errno: number, message: string): Error {
  return Object.assign(new Error(message), { errno, code: codes[errno] });
}

/** A stream of either direction, fed piece by piece. */
export class Codec {
  readonly flush: number;
  readonly finishFlush: number;
  readonly maxOutputLength: number;
  readonly #chunkSize: number;
  readonly #open: () => ZlibStep;
  readonly #rejectsGarbage: boolean;
  /** Undefined until the first byte of what is either. */
  #isGzip: boolean | undefined;
  #step: ZlibStep;
  #isAtEnd = false;

  /** @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` */
  constructor(mode: Mode, options: ZlibOptions = {}) {
    this.#chunkSize = checkNumber(options, "chunkSize", [64, Number.POSITIVE_INFINITY], 16_384);
    this.flush = checkNumber(options, "flush", [0, 5], 0);
    this.finishFlush = checkNumber(options, "finishFlush", [0, 5], finish);
    this.maxOutputLength = checkNumber(
      options,
      "maxOutputLength",
      [1, Number.MAX_SAFE_INTEGER],
      Number.MAX_SAFE_INTEGER,
    );
    this.#rejectsGarbage = options.rejectGarbageAfterEnd === true;
    this.#isGzip = mode === "unzip" ? undefined : mode === "gunzip";
    this.#open = opener(mode, options);
    this.#step = this.#open();
  }

  /**
   * @param take gets what comes out, in pieces
   * @throws Error with zlib's `errno` and `code`
   */
  write(bytes: Uint8Array, flush: number, take: (piece: Buffer) => void): void {
    this.#isGzip ??= bytes.length === 0 ? undefined : bytes[0] === gzipMark;
    let rest = bytes;
    for (;;) {
      if (this.#isAtEnd && !this.#goesOn(rest)) return;
      const { bytes: piece, read, isEnd, errno, message = "" } = this.#step(rest, flush, this.#chunkSize);
      if (piece.length > 0) take(asBuffer(piece));
      if (errno !== undefined) throw zlibError(errno, message);
      rest = rest.subarray(read);
      this.#isAtEnd = isEnd === true;
      if (this.#isAtEnd || piece.length === this.#chunkSize) continue;
      if (flush === finish) throw zlibError(-5, "unexpected end of file");
      return;
    }
  }

  /** Behind the end: gzip may have another member there (RFC 1952, 2.2), and zeros fill a block of a tape. */
  #goesOn(rest: Uint8Array): boolean {
    if (rest.length === 0) return false;
    if (this.#rejectsGarbage) {
      const message = "Trailing junk found after the end of the compressed stream";
      throw withCode(new TypeError(message), "ERR_TRAILING_JUNK_AFTER_STREAM_END");
    }
    if (this.#isGzip !== true || rest[0] === 0) return false;
    this.#step = this.#open();
    return true;
  }
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
  if (!isBytes(dictionary)) throw invalidType('"options.dictionary" property', dictionary, "an instance of ");
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
