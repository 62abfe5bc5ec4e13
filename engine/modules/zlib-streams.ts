/** The streams of `node:zlib`. */
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
  /** Of the pieces that have been read. */
  bytesWritten: number = 0;

  constructor(mode: Mode, options: StreamOptions = {}) {
    super(options);
    this.#opened = openCodec(mode, options);
  }

  override _transform(chunk: Uint8Array, _encoding: string, callback: Callback): void {
    this.#write(chunk, flushes.get(chunk) ?? this.#opened.flush, callback);
  }

  override _flush(callback: Callback): void {
    this.#write(Buffer.alloc(0), this.#opened.finishFlush, callback);
  }

  /** Has everything come out that went in so far. @param kind `constants.Z_FULL_FLUSH` by default */
  flush(kind: number | Callback = fullFlush, callback: Callback = () => {}): void {
    const [number, done] = typeof kind === "function" ? [fullFlush, kind] : [kind, callback];
    if (this.writableFinished) return process.nextTick(done);
    if (this.writableEnded) return void this.once("end", done);
    const marker = Buffer.alloc(0);
    flushes.set(marker, number);
    this.write(marker, done);
  }

  close(callback?: () => void): void {
    if (callback !== undefined) this.once("close", callback);
    this.destroy();
  }

  #write(bytes: Uint8Array, flush: number, callback: Callback): void {
    this.bytesWritten += bytes.length;
    try {
      this.#opened.codec.write(bytes, flush, (piece) => this.push(asBuffer(piece)));
    } catch (error) {
      return callback(error as Error);
    }
    callback();
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
