/** Requests of `node:http` and `node:https`. Of servers, upgrades and `Expect: 100-continue` there is nothing. */
import { Buffer } from "./buffer.ts";
import { Agent, globalAgent, type Destination } from "./http-agent.ts";
import { ResponseParser, type ResponseHead } from "./http-parser.ts";
import { IncomingMessage } from "./incoming-message.ts";
import type { Socket } from "./net.ts";
import { Writable } from "./stream.ts";
import { URL, urlToHttpOptions } from "./url.ts";

type Headers = Record<string, string | number | readonly string[] | undefined>;
type ResponseCallback = (response: IncomingMessage) => void;

export interface RequestOptions {
  readonly protocol?: string | null;
  readonly host?: string | null;
  readonly hostname?: string | null;
  readonly port?: number | string | null;
  readonly path?: string | null;
  readonly method?: string;
  readonly headers?: Headers | readonly string[];
  readonly agent?: Agent | false;
  readonly auth?: string | null;
  readonly timeout?: number;
  readonly servername?: string;
  readonly signal?: AbortSignal;
}

export class ClientRequest extends Writable {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly protocol: string;
  readonly reusedSocket: boolean;
  readonly socket: Socket;
  aborted: boolean = false;
  readonly #agent: Agent;
  readonly #destination: Destination;
  readonly #headers = new Map<string, readonly [string, string]>();
  readonly #parser: ResponseParser;
  #response: IncomingMessage | undefined;
  #hasSentHead = false;
  #isChunked = false;
  #hasEnded = false;

  constructor(options: RequestOptions, callback: ResponseCallback | undefined, defaultProtocol: string) {
    // Written to its end it still waits for the response.
    super({ autoDestroy: false });
    const { headers = {}, auth, agent = globalAgent, timeout, signal } = options;
    this.protocol = options.protocol ?? defaultProtocol;
    const isSecure = this.protocol === "https:";
    this.method = (options.method ?? "GET").toUpperCase();
    this.path = options.path ?? "/";
    this.host = options.hostname ?? options.host ?? "localhost";
    const port = Number(options.port ?? (isSecure ? 443 : 80));
    this.#setHeaders(headers);
    if (!this.hasHeader("host"))
      this.setHeader("Host", port === (isSecure ? 443 : 80) ? this.host : `${this.host}:${port}`);
    if (auth !== undefined && auth !== null)
      this.setHeader("Authorization", `Basic ${Buffer.from(auth).toString("base64")}`);
    this.#agent = agent === false ? new Agent() : agent;
    this.#destination = { isSecure, host: this.host.replace(/^\[(.*)\]$/, "$1"), port, servername: options.servername };
    this.#parser = new ResponseParser(this.method, {
      onHead: (head) => this.#begin(head),
      onData: (bytes) => {
        if (this.#response?.push(bytes) === false) this.socket.pause();
      },
      onEnd: (canBeKept) => this.#end(canBeKept),
    });
    if (callback !== undefined) this.once("response", callback);
    const { socket, isReused } = this.#agent.take(this.#destination);
    this.socket = socket;
    this.reusedSocket = isReused;
    this.#listen(socket);
    if (timeout !== undefined) this.setTimeout(timeout);
    if (signal !== undefined) this.#follow(signal);
    queueMicrotask(() => this.emit("socket", socket));
  }

  setHeader(name: string, value: string | number | readonly string[]): this {
    const text = typeof value === "object" ? value.join(", ") : String(value);
    if (/[\r\n]/.test(name + text))
      throw Object.assign(new TypeError(`Invalid character in header content ["${name}"]`), {
        code: "ERR_INVALID_CHAR",
      });
    this.#headers.set(name.toLowerCase(), [name, text]);
    return this;
  }

  getHeader(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase())?.[1];
  }

  getHeaders(): Record<string, string> {
    return Object.fromEntries([...this.#headers].map(([name, [, value]]) => [name, value]));
  }

  hasHeader(name: string): boolean {
    return this.#headers.has(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase());
  }

  flushHeaders(): void {
    this.#sendHead();
  }

  setTimeout(timeoutMs: number, listener?: () => void): this {
    if (listener !== undefined) this.once("timeout", listener);
    this.socket.setTimeout(timeoutMs);
    return this;
  }

  setNoDelay(): void {}

  setSocketKeepAlive(): void {}

  abort(): void {
    this.aborted = true;
    this.destroy();
  }

  override end(...args: unknown[]): this {
    const [chunk, encoding] = args;
    const isWhole = !this.#hasSentHead && this.writableLength === 0;
    if (isWhole && chunk !== undefined && chunk !== null && typeof chunk !== "function" && !this.#hasLength()) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding as "utf8") : (chunk as Uint8Array);
      this.setHeader("Content-Length", bytes.length);
    } else if (
      isWhole &&
      (chunk === undefined || chunk === null) &&
      !this.#hasLength() &&
      /^(POST|PUT|PATCH)$/.test(this.method)
    ) {
      this.setHeader("Content-Length", 0);
    }
    (super.end as (...all: unknown[]) => unknown)(...args);
    return this;
  }

  // oxlint-disable-next-line no-underscore-dangle -- the name that a Writable has
  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    this.#sendHead();
    if (this.#isChunked) this.socket.cork();
    if (this.#isChunked) this.socket.write(`${chunk.length.toString(16)}\r\n`);
    this.socket.write(chunk);
    if (this.#isChunked) this.socket.write("\r\n");
    this.socket.uncork();
    if (this.socket.writableNeedDrain) this.socket.once("drain", () => callback());
    else callback();
  }

  // oxlint-disable-next-line no-underscore-dangle
  override _final(callback: (error?: Error | null) => void): void {
    this.#sendHead();
    if (this.#isChunked) this.socket.write("0\r\n\r\n");
    callback();
  }

  // oxlint-disable-next-line no-underscore-dangle
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const isEarly = !this.#hasEnded && this.#response === undefined;
    const told = error ?? (isEarly ? hangUp("socket hang up") : null);
    if (this.#hasEnded || this.socket.destroyed) return callback(told);
    this.#response?.discard();
    // Closed it ends the response as well, unless that is complete by then.
    this.socket.once("close", () => callback(told));
    this.socket.destroy();
  }

  #follow(signal: AbortSignal): void {
    const abort = (): void => {
      const error = new Error("The operation was aborted", { cause: signal.reason });
      this.destroy(Object.assign(error, { name: "AbortError", code: "ABORT_ERR" }));
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    this.once("close", () => signal.removeEventListener("abort", abort));
  }

  #setHeaders(headers: Headers | readonly string[]): void {
    const pairs = Array.isArray(headers)
      ? headers.flatMap((name: string, index) => (index % 2 === 0 ? [[name, headers[index + 1]] as const] : []))
      : Object.entries(headers as Headers);
    for (const [name, value] of pairs) if (value !== undefined) this.setHeader(name, value as string);
  }

  #hasLength(): boolean {
    return this.hasHeader("content-length") || this.hasHeader("transfer-encoding");
  }

  #sendHead(): void {
    if (this.#hasSentHead) return;
    this.#hasSentHead = true;
    const hasBody = !["GET", "HEAD", "DELETE", "OPTIONS"].includes(this.method);
    if (hasBody && !this.#hasLength()) this.setHeader("Transfer-Encoding", "chunked");
    this.#isChunked = this.getHeader("transfer-encoding")?.toLowerCase() === "chunked";
    if (!this.hasHeader("connection")) this.setHeader("Connection", this.#agent.keepAlive ? "keep-alive" : "close");
    const lines = [...this.#headers.values()].map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(Buffer.from(`${this.method} ${this.path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"));
  }

  #listen(socket: Socket): void {
    socket.on("data", (bytes: Buffer) => {
      try {
        this.#parser.push(bytes);
      } catch (error) {
        this.destroy(error as Error);
      }
    });
    socket.on("timeout", () => this.emit("timeout"));
    socket.on("error", (error: Error) => this.destroy(error));
    socket.on("close", () => {
      if (!this.#parser.close()) this.#response?.destroy(hangUp("aborted"));
      this.destroy();
    });
  }

  #begin(head: ResponseHead): void {
    this.#response = new IncomingMessage(this, head);
    // Nobody asked for it: its bytes must not wait.
    if (!this.emit("response", this.#response)) this.#response.resume();
  }

  #end(canBeKept: boolean): void {
    this.#hasEnded = true;
    this.#response?.finish();
    this.socket.setTimeout(0);
    // What destroyed the connection has an error to tell, perhaps.
    if (this.socket.destroyed) return;
    if (canBeKept && this.writableFinished) this.#agent.give(this.socket, this.#destination);
    else this.socket.destroy();
    this.destroy();
  }
}

function hangUp(message: string): Error {
  return Object.assign(new Error(message), { code: "ECONNRESET" });
}

/** `(url, options?, callback?)` and `(options, callback?)`, for both modules. */
export function requestWith(defaultProtocol: string, args: readonly unknown[]): ClientRequest {
  const [first, second, third] = args;
  const isUrl = typeof first === "string" || first instanceof URL;
  const fromUrl = isUrl ? urlToHttpOptions(new URL(first)) : {};
  const options = (isUrl ? second : first) as RequestOptions | undefined;
  const callback = [second, third].find((each) => typeof each === "function") as ResponseCallback | undefined;
  const given = typeof options === "object" && options !== null ? options : {};
  return new ClientRequest({ ...fromUrl, ...given }, callback, defaultProtocol);
}
