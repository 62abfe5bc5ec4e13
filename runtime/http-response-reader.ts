/**
 * Reads HTTP/1.1 responses (RFC 9112) out of the chunks of one connection: any split of the bytes gives the same
 * messages. Knows only what a Runtime API sends: fixed length, chunked, or until the connection closes.
 */
import type { ResponseHeaders, TransportResponse } from "./transport.ts";

const headEnd = Buffer.from("\r\n\r\n");
/** Lambda limits request line and headers to 1 MB; a head above that is garbage. */
const maxHeadBytes = 1024 * 1024;
const nothing = Buffer.alloc(0);

type BodyKind = "length" | "chunked" | "until-close";

/** Feed it with `push`; it returns the response once the last byte is there. */
export class HttpResponseReader {
  /** Received and not read: of the current response, or behind its end. */
  #pending: Buffer = nothing;
  #head: { status: number; headers: ResponseHeaders; kind: BodyKind } | undefined;
  #bodyParts: Buffer[] = [];
  #bodyBytes = 0;
  /** Of the fixed-length body, or of the current chunk; -1 while a chunk's size line is awaited. */
  #remainingBytes = 0;
  #inTrailers = false;

  /** True once a byte of the current response was seen. */
  get hasStarted(): boolean {
    return this.#head !== undefined || this.#pending.length > 0;
  }

  /**
   * Takes the next bytes; returns the response when they complete it. Throws an Error when the bytes are not HTTP.
   * Bytes behind the end of a response are kept for the next one: push nothing to read on. Once there is nothing to return,
   * the chunk may be used for other bytes.
   */
  push(chunk: Buffer = nothing): TransportResponse | undefined {
    let bytes = this.#takeWith(chunk);
    while (this.#head === undefined) {
      const end = bytes.indexOf(headEnd);
      if (end < 0) {
        if (bytes.length > maxHeadBytes) throw new Error(`response head exceeds ${maxHeadBytes} bytes`);
        this.#pending = Buffer.from(bytes);
        return undefined;
      }
      this.#startResponse(bytes.toString("latin1", 0, end));
      bytes = bytes.subarray(end + headEnd.length);
    }
    return this.#head.kind === "chunked" ? this.#readChunks(bytes) : this.#readPlain(bytes);
  }

  /** The connection has closed: completes a response that is delimited by that, otherwise returns undefined. */
  end(): TransportResponse | undefined {
    return this.#head?.kind === "until-close" ? this.#finish() : undefined;
  }

  /** All that is there; only what is joined is copied. */
  #takeWith(chunk: Buffer): Buffer {
    const pending = this.#pending;
    this.#pending = nothing;
    if (pending.length === 0) return chunk;
    return chunk.length === 0 ? pending : Buffer.concat([pending, chunk]);
  }

  #startResponse(head: string): void {
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
    if (status === undefined) throw new Error(`not an HTTP/1.1 response: ${JSON.stringify(head.slice(0, 40))}`);
    // 1xx are interim answers; the real one follows.
    if (status.startsWith("1")) return;
    const headers: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const line of head.slice(head.indexOf("\r\n") + 2).split("\r\n")) {
      const colon = line.indexOf(":");
      if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    this.#head = { status: Number(status), headers, kind: this.#startBody(status, headers) };
  }

  #startBody(status: string, headers: ResponseHeaders): BodyKind {
    if (headers["transfer-encoding"]?.toLowerCase().endsWith("chunked")) {
      this.#remainingBytes = -1;
      return "chunked";
    }
    const length = status === "204" || status === "304" ? "0" : headers["content-length"];
    if (length === undefined) return "until-close";
    if (!/^\d{1,15}$/.test(length)) throw new Error(`invalid Content-Length ${JSON.stringify(length)}`);
    this.#remainingBytes = Number(length);
    return "length";
  }

  #readPlain(bytes: Buffer): TransportResponse | undefined {
    if (this.#head?.kind === "until-close") {
      this.#keepBody(bytes);
      return undefined;
    }
    const part = bytes.length > this.#remainingBytes ? bytes.subarray(0, this.#remainingBytes) : bytes;
    this.#keepBody(part);
    this.#remainingBytes -= part.length;
    if (this.#remainingBytes > 0) return undefined;
    this.#pending = bytes.subarray(part.length);
    return this.#finish();
  }

  #readChunks(bytes: Buffer): TransportResponse | undefined {
    let offset = 0;
    for (;;) {
      if (this.#remainingBytes > 0) {
        const part = bytes.subarray(offset, offset + this.#remainingBytes);
        this.#keepBody(part);
        this.#remainingBytes -= part.length;
        offset += part.length;
        if (this.#remainingBytes > 0) return undefined;
      }
      // A line: the size of a chunk, the empty end of one, or a trailer.
      const lineEnd = bytes.indexOf("\r\n", offset);
      if (lineEnd < 0) {
        this.#pending = Buffer.from(bytes.subarray(offset));
        if (this.#pending.length > maxHeadBytes) throw new Error("chunk size line or trailer without an end");
        return undefined;
      }
      const line = bytes.toString("latin1", offset, lineEnd);
      offset = lineEnd + 2;
      if (this.#inTrailers) {
        if (line !== "") continue;
        this.#pending = bytes.subarray(offset);
        return this.#finish();
      }
      if (this.#remainingBytes === 0 && line === "") {
        this.#remainingBytes = -1;
        continue;
      }
      const size = /^([0-9a-fA-F]{1,12})[ \t]*(;|$)/.exec(line)?.[1];
      if (this.#remainingBytes === 0 || size === undefined)
        throw new Error(`invalid chunk size ${JSON.stringify(line)}`);
      this.#remainingBytes = Number.parseInt(size, 16);
      this.#inTrailers = this.#remainingBytes === 0;
    }
  }

  #keepBody(part: Buffer): void {
    if (part.length === 0) return;
    this.#bodyParts.push(Buffer.from(part));
    this.#bodyBytes += part.length;
  }

  #finish(): TransportResponse {
    const head = this.#head;
    /* v8 ignore next -- only called within a response */
    if (head === undefined) throw new Error("no response was started");
    const [first = nothing] = this.#bodyParts;
    const body = this.#bodyParts.length <= 1 ? first : Buffer.concat(this.#bodyParts, this.#bodyBytes);
    this.#head = undefined;
    this.#bodyParts = [];
    this.#bodyBytes = 0;
    this.#inTrailers = false;
    return { status: head.status, headers: head.headers, body };
  }
}
