/** Values as keys have them. Source: X.690, distinguished encoding rules. Imports nothing, as `public-key.ts`. */

export const tags = { integer: 2, bits: 3, empty: 5, identifier: 6, sequence: 0x30, version: 0xa0 };

/** @throws Error `ERR_OSSL_UNSUPPORTED`, as OpenSSL has it for what is no key */
export function refuseData(): never {
  const error = new Error("error:1E08010C:DECODER routines::unsupported");
  throw Object.assign(error, { code: "ERR_OSSL_UNSUPPORTED" });
}

/** One value behind another. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get next(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The content of the next one. */
  read(tag: number): Uint8Array {
    if (this.next !== tag) refuseData();
    let length = this.#bytes[this.#at + 1] ?? 0;
    let begin = this.#at + 2;
    if (length >= 0x80) {
      const count = length - 0x80;
      // More than 16 MB is no key, and none says that its length is not known.
      if (count < 1 || count > 3) refuseData();
      length = 0;
      for (const byte of this.#bytes.subarray(begin, begin + count)) length = length * 256 + byte;
      begin += count;
    }
    this.#at = begin + length;
    if (this.#at > this.#bytes.length) refuseData();
    return this.#bytes.subarray(begin, this.#at);
  }
}

export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  // Those of 8,192 bits have a thousand bytes.
  if (length > 0xffff) refuseData();
  const digits = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  const result = new Uint8Array(1 + digits.length + length);
  result.set([tag, ...digits]);
  let at = 1 + digits.length;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

export function withoutZeros(number: Uint8Array): Uint8Array {
  const at = number.findIndex((byte) => byte !== 0);
  return number.subarray(at < 0 ? number.length : at);
}

/** Positive: a first byte of 128 and more would be a sign. */
export function writeInteger(number: Uint8Array): Uint8Array {
  return (number[0] ?? 0) < 0x80 ? writeDer(tags.integer, number) : writeDer(tags.integer, Uint8Array.of(0), number);
}
