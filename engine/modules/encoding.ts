/** `TextEncoder` and `TextDecoder` (WHATWG Encoding), for UTF-8, UTF-16LE and Latin-1. */
import { native, type TextEncoding } from "./native.ts";

export class TextEncoder {
  readonly encoding: string = "utf-8";

  encode(text: string = ""): Uint8Array<ArrayBuffer> {
    return native.encode(String(text), "utf8");
  }

  encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    for (const character of text) {
      const bytes = this.encode(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      read += character.length;
      written += bytes.length;
    }
    return { read, written };
  }
}

const labels: Readonly<Record<string, TextEncoding>> = {
  "utf-8": "utf8",
  utf8: "utf8",
  "utf-16le": "utf16le",
  "utf-16": "utf16le",
  latin1: "latin1",
  "iso-8859-1": "latin1",
  ascii: "latin1",
};

const nothing = new Uint8Array(0);

export class TextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  readonly #name: TextEncoding;
  #pending: Uint8Array = nothing;

  constructor(
    label: string = "utf-8",
    { fatal = false, ignoreBOM = false }: { fatal?: boolean; ignoreBOM?: boolean } = {},
  ) {
    const name = labels[label.trim().toLowerCase()];
    if (name === undefined) throw new RangeError(`The "${label}" encoding is not supported`);
    this.#name = name;
    this.encoding = name === "utf8" ? "utf-8" : label.toLowerCase();
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
  }

  decode(input: ArrayBuffer | ArrayBufferView = nothing, { stream = false }: { stream?: boolean } = {}): string {
    const view = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
    let bytes: Uint8Array = view;
    if (this.#pending.length > 0) {
      bytes = new Uint8Array(this.#pending.length + view.length);
      bytes.set(this.#pending);
      bytes.set(view, this.#pending.length);
    }
    const end = stream ? bytes.length - this.#incompleteBytes(bytes) : bytes.length;
    this.#pending = bytes.slice(end);
    const text = native.decode(bytes.subarray(0, end), this.#name);
    if (this.fatal && text.includes("\ufffd") && !this.#isFaithful(text, bytes.subarray(0, end))) {
      const message = "The encoded data was not valid for encoding utf-8";
      throw Object.assign(new TypeError(message), { code: "ERR_ENCODING_INVALID_ENCODED_DATA" });
    }
    return text.startsWith("\ufeff") && !this.ignoreBOM ? text.slice(1) : text;
  }

  #isFaithful(text: string, bytes: Uint8Array): boolean {
    return native.encode(text, "utf8").length === bytes.length;
  }

  /** Bytes at the end that begin a character. */
  #incompleteBytes(bytes: Uint8Array): number {
    if (this.#name === "utf16le") return bytes.length % 2;
    if (this.#name !== "utf8") return 0;
    for (let back = 1; back <= Math.min(3, bytes.length); back++) {
      const byte = bytes[bytes.length - back] ?? 0;
      if ((byte & 0xc0) === 0x80) continue;
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
      return needed > back ? back : 0;
    }
    return 0;
  }
}
