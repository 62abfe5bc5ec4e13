/** Bodies of requests and responses. Read whole or by `for await`; there are no web streams. */
import { Buffer } from "./buffer.ts";
import { TextDecoder } from "./encoding.ts";
import { URLSearchParams } from "./url-search-params.ts";

export type Source = AsyncIterable<Uint8Array> | Uint8Array | null;
export type BodyInit = string | Uint8Array | ArrayBuffer | URLSearchParams | null | undefined;

/** The bytes, and the content type that goes with what they were made from. */
export function encodeBody(body: BodyInit): { readonly bytes: Uint8Array | null; readonly contentType?: string } {
  if (body === null || body === undefined) return { bytes: null };
  if (typeof body === "string") return { bytes: Buffer.from(body), contentType: "text/plain;charset=UTF-8" };
  if (body instanceof URLSearchParams) {
    const contentType = "application/x-www-form-urlencoded;charset=UTF-8";
    return { bytes: Buffer.from(body.toString()), contentType };
  }
  if (body instanceof ArrayBuffer) return { bytes: new Uint8Array(body) };
  if (ArrayBuffer.isView(body)) return { bytes: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) };
  throw new TypeError("The native engine sends text, bytes and URLSearchParams as a body, and nothing else");
}

/** What both have in common. */
export class Body {
  readonly #source: Source;
  bodyUsed: boolean = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /** For `for await`. */
  get body(): AsyncIterable<Uint8Array> | null {
    if (this.#source === null) return null;
    return { [Symbol.asyncIterator]: () => this.#chunks() };
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = await this.bytes();
    return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#chunks()) chunks.push(chunk);
    const [first] = chunks;
    return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown;
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    if (this.bodyUsed) throw new TypeError("Body is unusable: Body has already been read");
    this.bodyUsed = this.#source !== null;
    if (this.#source === null) return;
    if (this.#source instanceof Uint8Array) yield this.#source;
    else yield* this.#source;
  }
}
