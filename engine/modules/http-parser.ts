/** HTTP/1.1 responses (RFC 9112) out of the chunks of a connection, handed on while they arrive. */
import { Buffer } from "./buffer.ts";

/** Who is told. */
export interface ResponseListener {
  onHead(head: ResponseHead): void;
  onData(bytes: Buffer): void;
  /** @param canBeKept whether the connection may carry another request */
  onEnd(canBeKept: boolean): void;
}

export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  /** Name and value, name and value. */
  readonly rawHeaders: readonly string[];
}

const headEnd = "\r\n\r\n";
const maxHeadBytes = 1024 * 1024;

/** For one response at a time. */
export class ResponseParser {
  readonly #listener: ResponseListener;
  readonly #method: string;
  #pending: Buffer = Buffer.alloc(0);
  #state: "head" | "length" | "until-close" | "chunk-size" | "chunk" | "chunk-end" | "trailers" | "over" = "head";
  #remaining = 0;
  #canBeKept = true;

  /** @param method HEAD has no body. */
  constructor(method: string, listener: ResponseListener) {
    this.#method = method;
    this.#listener = listener;
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** @throws Error when the bytes are not HTTP. */
  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = Buffer.alloc(0);
    while (bytes.length > 0 && this.#state !== "over") {
      const used = this.#step(bytes);
      if (used === 0) {
        if (bytes.length > maxHeadBytes) throw parseError("HPE_HEADER_OVERFLOW", "Header overflow");
        this.#pending = bytes;
        return;
      }
      bytes = bytes.subarray(used);
    }
  }

  /** The connection has closed. Returns whether the response is complete. */
  close(): boolean {
    if (this.#state === "until-close") this.#end(false);
    return this.#state === "over";
  }

  /** Returns how many bytes it has used; none when it needs more. */
  #step(bytes: Buffer): number {
    switch (this.#state) {
      case "head": {
        const end = bytes.indexOf(headEnd);
        if (end < 0) return 0;
        this.#head(bytes.toString("latin1", 0, end));
        return end + headEnd.length;
      }
      case "until-close":
        this.#listener.onData(bytes);
        return bytes.length;
      case "length":
      case "chunk": {
        const part = bytes.subarray(0, this.#remaining);
        this.#remaining -= part.length;
        this.#listener.onData(part);
        if (this.#remaining === 0) {
          if (this.#state === "length") this.#end(this.#canBeKept);
          else this.#state = "chunk-end";
        }
        return part.length;
      }
      default:
        return this.#line(bytes);
    }
  }

  #line(bytes: Buffer): number {
    const end = bytes.indexOf("\r\n");
    if (end < 0) return 0;
    const line = bytes.toString("latin1", 0, end);
    if (this.#state === "chunk-end") this.#state = "chunk-size";
    else if (this.#state === "trailers") {
      if (line === "") this.#end(this.#canBeKept);
    } else {
      if (!/^[0-9a-f]+\s*(;.*)?$/i.test(line))
        throw parseError("HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size");
      this.#remaining = Number.parseInt(line, 16);
      this.#state = this.#remaining === 0 ? "trailers" : "chunk";
    }
    return end + 2;
  }

  #head(text: string): void {
    const [statusLine = "", ...lines] = text.split("\r\n");
    const [, version, code = "", statusText = ""] = /^HTTP\/1\.([01]) (\d{3}) ?(.*)$/.exec(statusLine) ?? [];
    if (version === undefined) throw parseError("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/");
    const status = Number(code);
    if (status < 200) return;
    const rawHeaders = lines.flatMap((line) => {
      const colon = line.indexOf(":");
      return colon > 0 ? [line.slice(0, colon), line.slice(colon + 1).trim()] : [];
    });
    const valueOf = (name: string): string | undefined =>
      rawHeaders
        .find((_each, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
        ?.toLowerCase();
    this.#canBeKept = version === "1" ? valueOf("connection") !== "close" : valueOf("connection") === "keep-alive";
    const length = valueOf("content-length");
    const hasBody = this.#method !== "HEAD" && status !== 204 && status !== 304 && length !== "0";
    this.#listener.onHead({ status, statusText, rawHeaders });
    if (!hasBody) this.#end(this.#canBeKept);
    else if (valueOf("transfer-encoding")?.endsWith("chunked")) this.#state = "chunk-size";
    else if (length === undefined) this.#state = "until-close";
    else {
      this.#state = "length";
      this.#remaining = Number(length);
    }
  }

  #end(canBeKept: boolean): void {
    this.#state = "over";
    this.#listener.onEnd(canBeKept);
  }
}

/** In the words of Node.js. */
function parseError(code: string, reason: string): Error {
  return Object.assign(new Error(`Parse Error: ${reason}`), { code, reason });
}
