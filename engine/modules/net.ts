/** `node:net`: TCP clients. Sockets emit the events of Node.js, but are no streams: `pipe` and async iteration are absent. */
import { asBuffer } from "./as-buffer.ts";
import { Buffer } from "./buffer.ts";
import { emitOne } from "./emit-one.ts";
import { EventEmitter } from "./events.ts";
import { onNative, reportUncaught } from "./event-loop.ts";
import { native, type OnAnswers } from "./native.ts";
import { provideBuiltinModule } from "./process.ts";

/** Node.js's own: more waiting bytes ask for a pause. */
const highWaterMarkBytes = 64 * 1024;

interface ConnectOptions {
  readonly host?: string;
  readonly port: number;
  readonly noDelay?: boolean;
  /** Where bytes are put and who hears of it, instead of the event `data`. */
  readonly onread?: OnRead | undefined;
  /** Set by `tls.connect`: the name that the certificate has to be for. */
  readonly serverName?: string | undefined;
}

interface OnRead {
  /** Of a function's buffers none is used: the bytes come in one of their own. */
  readonly buffer: Uint8Array | (() => Uint8Array);
  /** False asks for a pause. */
  callback(sizeBytes: number, buffer: Uint8Array): boolean;
}

let lastId = 0;
const sockets = new Map<number, Socket>();

type SendRequest = (head: string, body: string | Uint8Array | undefined, followingHead: string | undefined) => void;

/** Set by the class: a member of its own would be one more than sockets of Node.js have, which packages add to. */
let readAnswersOf: (socket: Socket, onAnswers: OnAnswers) => SendRequest;

export class Socket extends EventEmitter {
  static {
    readAnswersOf = (socket, onAnswers) => socket.#readAnswers(onAnswers);
  }

  readonly #id: number = ++lastId;
  #waitingBytes = 0;
  #corked: (string | Uint8Array)[] | undefined;
  #timeoutMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onread: OnRead | undefined;
  encrypted: boolean = false;
  connecting: boolean = false;
  destroyed: boolean = false;
  writable: boolean = true;
  writableNeedDrain: boolean = false;
  readable: boolean = true;

  get writableLength(): number {
    return this.#waitingBytes;
  }

  connect(options: ConnectOptions, listener?: () => void): this {
    const { host = "localhost", port, noDelay = false, serverName } = options;
    if (listener !== undefined) this.once("connect", listener);
    sockets.set(this.#id, this);
    this.connecting = true;
    this.#onread = options.onread;
    const buffer = options.onread?.buffer;
    if (buffer instanceof Uint8Array) native.receiveInto(this.#id, buffer);
    this.encrypted = serverName !== undefined;
    native.connect(this.#id, host, Number(port), noDelay, serverName);
    return this;
  }

  write(data: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean {
    const done = typeof encoding === "function" ? encoding : callback;
    const bytes =
      typeof data === "string" && typeof encoding === "string" && encoding !== "utf8"
        ? Buffer.from(data, encoding as "latin1")
        : data;
    if (this.#corked === undefined) this.#send(bytes);
    else this.#corked.push(bytes);
    if (typeof done === "function") queueMicrotask(() => (done as () => void)());
    return !this.writableNeedDrain;
  }

  cork(): void {
    this.#corked ??= [];
  }

  uncork(): void {
    const pieces = this.#corked ?? [];
    this.#corked = undefined;
    const [first] = pieces;
    if (first === undefined) return;
    if (pieces.length === 1) this.#send(first);
    else if (pieces.every((each) => typeof each === "string")) this.#send(pieces.join(""));
    else this.#send(Buffer.concat(pieces.map((each) => (typeof each === "string" ? Buffer.from(each) : each))));
  }

  end(data?: string | Uint8Array): this {
    if (data !== undefined) this.write(data);
    this.uncork();
    this.writable = false;
    native.endSocket(this.#id);
    return this;
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.writable = false;
    this.readable = false;
    this.connecting = false;
    sockets.delete(this.#id);
    native.destroySocket(this.#id);
    clearTimeout(this.#timer);
    queueMicrotask(() => {
      if (error !== undefined) this.emit("error", error);
      this.emit("close", error !== undefined);
    });
    return this;
  }

  pause(): this {
    native.pauseSocket(this.#id, true);
    return this;
  }

  resume(): this {
    native.pauseSocket(this.#id, false);
    return this;
  }

  ref(): this {
    native.refSocket(this.#id, true);
    return this;
  }

  unref(): this {
    native.refSocket(this.#id, false);
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(timeoutMs: number, listener?: () => void): this {
    this.#timeoutMs = timeoutMs;
    if (listener !== undefined) this.once("timeout", listener);
    this.#watch();
    return this;
  }

  /** For the event loop. */
  receive(kind: "connected" | "data" | "end" | "drained" | "failed", value: unknown): void {
    if (this.#timeoutMs > 0) this.#watch();
    switch (kind) {
      case "data":
        if (this.#onread === undefined) emitOne(this, "data", asBuffer(value as Uint8Array));
        else this.#received(this.#onread, value as number | Uint8Array);
        break;
      case "connected":
        this.connecting = false;
        this.emit("connect");
        if (this.encrypted) this.emit("secureConnect");
        this.emit("ready");
        break;
      case "end":
        this.readable = false;
        this.emit("end");
        // Half-open connections have no use here.
        this.destroy();
        break;
      case "drained":
        this.#waitingBytes = 0;
        if (!this.writableNeedDrain) break;
        this.writableNeedDrain = false;
        this.emit("drain");
        break;
      case "failed": {
        const [code = "", message = ""] = value as string[];
        this.destroy(Object.assign(new Error(message), { code, syscall: message.split(" ")[0] }));
      }
    }
  }

  /** @param value bytes, or how many of them stand in the buffer */
  #received({ buffer, callback }: OnRead, value: number | Uint8Array): void {
    const goesOn =
      typeof value === "number" ? callback(value, buffer as Uint8Array) : callback(value.length, asBuffer(value));
    if (!goesOn) this.pause();
  }

  /**
   * Has answers to requests on a socket with `onread` read by the engine, where they are whole and plain; all else goes to
   * `onread`. Returns what sends a request, and perhaps one without a body behind it.
   */
  #readAnswers(onAnswers: OnAnswers): SendRequest {
    const id = this.#id;
    native.readAnswers(id, (accepted, last) => {
      try {
        if (last !== undefined) asBuffer(last.body);
        onAnswers(accepted, last);
      } catch (thrown) {
        reportUncaught(thrown);
      }
    });
    return (head, body, followingHead) => native.sendRequest(id, head, body, followingHead);
  }

  #send(bytes: string | Uint8Array): void {
    if (this.destroyed) return;
    this.#waitingBytes = native.writeSocket(this.#id, bytes);
    this.writableNeedDrain = this.#waitingBytes >= highWaterMarkBytes;
  }

  #watch(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#timeoutMs > 0 && !this.destroyed) {
      this.#timer = setTimeout(() => this.emit("timeout"), this.#timeoutMs);
      this.#timer.unref();
    }
  }
}

for (const kind of ["connected", "data", "end", "drained", "failed"] as const) {
  onNative(kind, (id, value) => sockets.get(id)?.receive(kind, value));
}

/** Opens a connection. */
export function connect(options: ConnectOptions | number, host?: unknown, listener?: () => void): Socket {
  if (typeof options !== "number") return new Socket().connect(options, host as (() => void) | undefined);
  const onHost = typeof host === "string" ? { port: options, host } : { port: options };
  return new Socket().connect(onHost, typeof host === "function" ? (host as () => void) : listener);
}

export function createConnection(...args: Parameters<typeof connect>): Socket {
  return connect(...args);
}

/** 4, 6, or 0 for what is no address. */
export function isIP(text: string): 0 | 4 | 6 {
  if (/^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(text)) return 4;
  return /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) ? 6 : 0;
}

export function isIPv4(text: string): boolean {
  return isIP(text) === 4;
}

export function isIPv6(text: string): boolean {
  return isIP(text) === 6;
}

// For the runtime, which asks for it by this name: its client is what every invocation goes through.
provideBuiltinModule("native:net", () => ({ readAnswers: readAnswersOf }));
