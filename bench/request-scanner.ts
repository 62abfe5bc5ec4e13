/** Finds the requests in the bytes of one connection, at next to no cost: bodies are counted, not looked at. */

/** A request, once its last byte was seen. */
export interface ScannedRequest {
  /** Request line and headers. */
  readonly head: string;
  /** Without the framing of chunks. */
  readonly bodyBytes: number;
}

type State = "head" | "length" | "chunk-size" | "chunk" | "trailers";

const lineEnd = Buffer.from("\r\n");
const headEnd = Buffer.from("\r\n\r\n");

/** One per connection. */
export class RequestScanner {
  readonly #onRequest: (request: ScannedRequest) => void;
  readonly #onExpectation: () => void;
  #state: State = "head";
  #pending: Buffer = Buffer.alloc(0);
  #head = "";
  #bodyBytes = 0;
  #remaining = 0;

  /** @param onExpectation called when the body waits for `100 Continue` */
  constructor(onRequest: (request: ScannedRequest) => void, onExpectation: () => void) {
    this.#onRequest = onRequest;
    this.#onExpectation = onExpectation;
  }

  push(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = Buffer.alloc(0);
    while (bytes.length > 0) {
      const used = this.#step(bytes);
      if (used === 0) {
        this.#pending = bytes;
        return;
      }
      bytes = bytes.subarray(used);
    }
  }

  /** Returns how many bytes it has used; 0 when it needs more. */
  #step(bytes: Buffer): number {
    if (this.#state === "length" || this.#state === "chunk") {
      const used = Math.min(bytes.length, this.#remaining);
      this.#remaining -= used;
      if (this.#remaining === 0) {
        if (this.#state === "length") this.#finish();
        else this.#state = "chunk-size";
      }
      return used;
    }
    const end = bytes.indexOf(this.#state === "head" ? headEnd : lineEnd);
    if (end < 0) return 0;
    const text = bytes.toString("latin1", 0, end);
    if (this.#state === "head") {
      this.#startBody(text);
      return end + headEnd.length;
    }
    if (this.#state === "trailers") {
      if (text === "") this.#finish();
    } else {
      const size = Number.parseInt(text, 16);
      this.#bodyBytes += size;
      // The line end behind a chunk belongs to it.
      this.#remaining = size + 2;
      this.#state = size === 0 ? "trailers" : "chunk";
    }
    return end + lineEnd.length;
  }

  #startBody(head: string): void {
    this.#head = head;
    this.#bodyBytes = 0;
    if (/\r\nexpect: *100-continue/i.test(head)) this.#onExpectation();
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
      this.#state = "chunk-size";
      return;
    }
    this.#remaining = this.#bodyBytes = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#remaining === 0) this.#finish();
    else this.#state = "length";
  }

  #finish(): void {
    this.#state = "head";
    this.#onRequest({ head: this.#head, bodyBytes: this.#bodyBytes });
  }
}
