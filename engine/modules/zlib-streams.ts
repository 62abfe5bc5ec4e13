/** The streams of `node:zlib`. */
import { invalidType, outOfRange } from "./argument-errors.ts";
import { asBuffer } from "./as-buffer.ts";
import { Buffer } from "./buffer.ts";
import { Transform } from "./stream.ts";
import { openCodec, type Mode, type OpenedCodec, type ZlibOptions } from "./zlib-options.ts";

type StreamOptions = ConstructorParameters<typeof Transform>[0] & ZlibOptions;
type Callback = (error?: Error | null) => void;

/** Bytes that are none, but ask for what there is so far. */
const flushes = new WeakMap<object, number>();
const fullFlush = 3;

class ZlibStream extends Transform {
  readonly #opened: OpenedCodec;
  /** Goes on with what nobody has taken yet. */
  #resume: (() => void) | undefined;
  /** More was asked for since the last piece. */
  #isAsked = false;

  constructor(mode: Mode, options?: StreamOptions) {
    super(options);
    this.#opened = openCodec(mode, options);
  }

  /** Of what went in; what is behind the end does not count. */
  get bytesWritten(): number {
    return this.#opened.codec.bytesRead;
  }

  override _transform(chunk: Uint8Array, _encoding: string, callback: Callback): void {
    this.#write(chunk, flushes.get(chunk) ?? this.#opened.flush, callback);
  }

  override _flush(callback: Callback): void {
    this.#write(Buffer.alloc(0), this.#opened.finishFlush, callback);
  }

  override _read(size: number): void {
    const resume = this.#resume;
    this.#resume = undefined;
    this.#isAsked = true;
    resume?.();
    // It may have been at its end already: then the next chunk is what was asked for.
    // oxlint-disable-next-line no-underscore-dangle
    if (this.#isAsked) super._read(size);
  }

  /** Has everything come out that went in so far. @param kind `constants.Z_FULL_FLUSH` by default */
  flush(kind?: number | Callback, callback?: Callback): void {
    const [flush = fullFlush, done = () => {}] = typeof kind === "function" ? [undefined, kind] : [kind, callback];
    if (typeof flush !== "number") throw invalidType('"kind" argument', "of type number", flush);
    if (!(flush >= 0 && flush <= 5)) throw outOfRange('"kind"', ">= 0 and <= 5", flush);
    if (this.writableFinished) return process.nextTick(done);
    if (this.writableEnded) return void this.once("end", done);
    const marker = Buffer.alloc(0);
    flushes.set(marker, flush);
    this.write(marker, done);
  }

  close(callback?: () => void): void {
    if (callback !== undefined) {
      if (this.closed) process.nextTick(callback);
      else this.once("close", callback);
    }
    this.destroy();
  }

  /** Waits where what comes out is not taken: a little data may become very much. */
  #write(bytes: Uint8Array, flush: number, callback: Callback): void {
    const pieces = this.#opened.codec.write(bytes, flush);
    const goOn = (): void => {
      while (!this.destroyed) {
        let next: IteratorResult<Uint8Array<ArrayBuffer>, void>;
        try {
          next = pieces.next();
        } catch (error) {
          return callback(error as Error);
        }
        if (next.done === true) return callback();
        this.#isAsked = false;
        if (this.push(asBuffer(next.value)) || this.#isAsked) continue;
        this.#resume = goOn;
        return;
      }
      callback();
    };
    // As in Node.js nothing comes out of it while somebody writes.
    process.nextTick(goOn);
  }
}

type StreamClass = new (options?: StreamOptions) => ZlibStream;

function classOf(name: string, mode: Mode): StreamClass {
  const made = class extends ZlibStream {
    constructor(options?: StreamOptions) {
      super(mode, options);
    }
  };
  Object.defineProperty(made, "name", { value: name });
  return made;
}

export const Deflate: StreamClass = /* @__PURE__ */ classOf("Deflate", "deflate");
export const Inflate: StreamClass = /* @__PURE__ */ classOf("Inflate", "inflate");
export const Gzip: StreamClass = /* @__PURE__ */ classOf("Gzip", "gzip");
export const Gunzip: StreamClass = /* @__PURE__ */ classOf("Gunzip", "gunzip");
export const DeflateRaw: StreamClass = /* @__PURE__ */ classOf("DeflateRaw", "deflateRaw");
export const InflateRaw: StreamClass = /* @__PURE__ */ classOf("InflateRaw", "inflateRaw");
export const Unzip: StreamClass = /* @__PURE__ */ classOf("Unzip", "unzip");

export const createDeflate = (options?: StreamOptions): ZlibStream => new Deflate(options);
export const createInflate = (options?: StreamOptions): ZlibStream => new Inflate(options);
export const createGzip = (options?: StreamOptions): ZlibStream => new Gzip(options);
export const createGunzip = (options?: StreamOptions): ZlibStream => new Gunzip(options);
export const createDeflateRaw = (options?: StreamOptions): ZlibStream => new DeflateRaw(options);
export const createInflateRaw = (options?: StreamOptions): ZlibStream => new InflateRaw(options);
export const createUnzip = (options?: StreamOptions): ZlibStream => new Unzip(options);
