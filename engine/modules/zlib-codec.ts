/**
 * What `node:zlib` and `fetch` compress and decompress with. Source: RFC 1950 (zlib), 1951 (deflate) and 1952 (gzip).
 *
 * Imports nothing: `fetch` reads this file when the first response is compressed, and what both need would be another module.
 */
import type { ZlibStep } from "./native.ts";

/** Z_FINISH: there is no more to come. */
export const finish = 4;
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

export interface CodecOptions {
  /** Makes zlib's own stream, and makes it anew for what follows a member of gzip's. */
  readonly open: () => ZlibStep;
  /** Undefined where the first byte tells. */
  readonly isGzip: boolean | undefined;
  /** Bytes of a piece of what comes out. @default 16,384 */
  readonly chunkSize?: number;
  /** Data behind the end is an error. @default false */
  readonly rejectsGarbage?: boolean;
}

/** A stream of either direction, fed piece by piece. */
export class Codec {
  readonly #open: () => ZlibStep;
  readonly #chunkSize: number;
  readonly #rejectsGarbage: boolean;
  /** Of all that was given to it. */
  bytesRead: number = 0;
  #isGzip: boolean | undefined;
  #step: ZlibStep;
  #isAtEnd = false;

  constructor({ open, isGzip, chunkSize = 16_384, rejectsGarbage = false }: CodecOptions) {
    this.#open = open;
    this.#isGzip = isGzip;
    this.#chunkSize = chunkSize;
    this.#rejectsGarbage = rejectsGarbage;
    this.#step = open();
  }

  /**
   * What comes out for these bytes, piece by piece: nothing is computed before it is asked for.
   *
   * @throws Error with zlib's `errno` and `code`
   */
  *write(bytes: Uint8Array, flush: number): Generator<Uint8Array<ArrayBuffer>, void, void> {
    this.#isGzip ??= bytes.length === 0 ? undefined : bytes[0] === gzipMark;
    let rest = bytes;
    for (;;) {
      if (this.#isAtEnd && !this.#goesOn(rest)) return;
      const { bytes: piece, read, isEnd, errno, message = "" } = this.#step(rest, flush, this.#chunkSize);
      this.bytesRead += read;
      if (piece.length > 0) yield piece;
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
      throw Object.assign(new TypeError(message), { code: "ERR_TRAILING_JUNK_AFTER_STREAM_END" });
    }
    if (this.#isGzip !== true || rest[0] === 0) return false;
    this.#step = this.#open();
    return true;
  }
}
