/** `node:crypto`: digests, message authentication codes, random values. No ciphers, keys or signatures. */
import { Buffer } from "./buffer.ts";
import { native, type DigestName } from "./native.ts";

type Data = string | Uint8Array | ArrayBuffer;

const digestNames: readonly DigestName[] = ["md5", "sha1", "sha256", "sha384", "sha512"];

function digestName(name: string): DigestName {
  const wanted = name.toLowerCase().replaceAll("-", "");
  const found = digestNames.find((each) => each === wanted);
  if (found === undefined) throw new Error("Digest method not supported");
  return found;
}

function bytesOf(data: Data, encoding?: string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, encoding as "utf8" | undefined);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return data instanceof Uint8Array
    ? data
    : new Uint8Array((data as DataView).buffer, (data as DataView).byteOffset, (data as DataView).byteLength);
}

/** They may be changed afterwards. */
function copyOf(data: Data, encoding?: string): Uint8Array {
  return typeof data === "string" ? bytesOf(data, encoding) : new Uint8Array(bytesOf(data));
}

/** A digest that is being made. */
class Digest {
  readonly #finish: (bytes: Uint8Array) => Uint8Array<ArrayBuffer>;
  #parts: Uint8Array[];
  #isOver = false;

  constructor(finish: (bytes: Uint8Array) => Uint8Array<ArrayBuffer>, parts: readonly Uint8Array[] = []) {
    this.#finish = finish;
    this.#parts = [...parts];
  }

  update(data: Data, encoding?: string): this {
    if (this.#isOver) throw Object.assign(new Error("Digest already called"), { code: "ERR_CRYPTO_HASH_FINALIZED" });
    this.#parts.push(copyOf(data, encoding));
    return this;
  }

  digest(): Buffer;
  digest(encoding: string): string;
  digest(encoding?: string): Buffer | string {
    if (this.#isOver) throw Object.assign(new Error("Digest already called"), { code: "ERR_CRYPTO_HASH_FINALIZED" });
    this.#isOver = true;
    const [first] = this.#parts;
    const bytes = this.#finish(this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts));
    const result = Buffer.from(bytes.buffer);
    return encoding === undefined || encoding === "buffer" ? result : result.toString(encoding as "hex");
  }

  copy(): Digest {
    return new Digest(this.#finish, this.#parts);
  }
}

/** A secret; keys of other kinds there are none. */
export class KeyObject {
  readonly type: string = "secret";
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get symmetricKeySize(): number {
    return this.#bytes.length;
  }

  export(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

export function createSecretKey(key: Data, encoding?: string): KeyObject {
  return new KeyObject(bytesOf(key, encoding));
}

/** Always throws; who asks goes on without. */
export function createPublicKey(): never {
  throw Object.assign(new Error("The native engine has no asymmetric keys"), { code: "ERR_FEATURE_UNAVAILABLE" });
}

/** As `createPublicKey`. */
export function createPrivateKey(): never {
  return createPublicKey();
}

export { Digest as Hash, Digest as Hmac };

export function createHash(name: string): Digest {
  const known = digestName(name);
  return new Digest((bytes) => native.digest(known, bytes));
}

export function createHmac(name: string, key: Data | KeyObject): Digest {
  const known = digestName(name);
  const secret = key instanceof KeyObject ? key.export() : bytesOf(key);
  return new Digest((bytes) => native.hmac(known, secret, bytes));
}

/** A digest in one call. */
export function hash(name: string, data: Data, encoding: string = "hex"): string | Buffer {
  return createHash(name).update(data).digest(encoding);
}

export const getHashes = (): readonly string[] => digestNames;

export function randomBytes(count: number): Buffer;
export function randomBytes(count: number, callback: (error: null, bytes: Buffer) => void): void;
export function randomBytes(count: number, callback?: (error: null, bytes: Buffer) => void): Buffer | void {
  const bytes = Buffer.from(native.randomBytes(count).buffer);
  if (callback === undefined) return bytes;
  queueMicrotask(() => callback(null, bytes));
}

export function randomFillSync<Target extends ArrayBufferView>(target: Target): Target {
  const view = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  view.set(native.randomBytes(view.length));
  return target;
}

export function getRandomValues<Target extends ArrayBufferView>(target: Target): Target {
  return randomFillSync(target);
}

/** From `min`, inclusive, to `max`, exclusive, each as likely. */
export function randomInt(min: number, max?: number): number {
  const [low, high] = max === undefined ? [0, min] : [min, max];
  const range = high - low;
  const limit = 2 ** 48 - (2 ** 48 % range);
  for (;;) {
    const value = native.randomBytes(6).reduce((sum, byte) => sum * 256 + byte, 0);
    if (value < limit) return low + (value % range);
  }
}

export function randomUUID(): string {
  const bytes = native.randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = native.decode(bytes, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Takes as long for any two values of a length. */
export function timingSafeEqual(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const [left, right] = [bytesOf(a as Uint8Array), bytesOf(b as Uint8Array)];
  if (left.length !== right.length) {
    const message = "Input buffers must have the same byte length";
    throw Object.assign(new RangeError(message), { code: "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH" });
  }
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  return difference === 0;
}

interface HmacKey {
  readonly type: "secret";
  readonly algorithm: { readonly name: "HMAC"; readonly hash: { readonly name: string } };
  readonly usages: readonly string[];
  readonly bytes: Uint8Array;
}

type Named = string | { readonly name: string };
const nameOf = (algorithm: Named): string => (typeof algorithm === "string" ? algorithm : algorithm.name);

/** Digests and HMAC only. */
const subtle = {
  async digest(algorithm: Named, data: Data): Promise<ArrayBuffer> {
    return native.digest(digestName(nameOf(algorithm)), bytesOf(data)).buffer;
  },
  async importKey(
    format: string,
    data: Data,
    algorithm: { name: string; hash: Named },
    _extractable: boolean,
    usages: readonly string[],
  ): Promise<HmacKey> {
    if (format !== "raw" || algorithm.name !== "HMAC") {
      throw new DOMException(
        `The native engine imports raw keys of HMAC only, not ${format} of ${algorithm.name}`,
        "NotSupportedError",
      );
    }
    const name = nameOf(algorithm.hash);
    return { type: "secret", algorithm: { name: "HMAC", hash: { name } }, usages, bytes: copyOf(data) };
  },
  async sign(_algorithm: Named, key: HmacKey, data: Data): Promise<ArrayBuffer> {
    return native.hmac(digestName(key.algorithm.hash.name), key.bytes, bytesOf(data)).buffer;
  },
  async verify(algorithm: Named, key: HmacKey, signature: Data, data: Data): Promise<boolean> {
    const expected = new Uint8Array(await subtle.sign(algorithm, key, data));
    const given = bytesOf(signature);
    return expected.length === given.length && timingSafeEqual(expected, given);
  },
};

export const webcrypto: object = { subtle, getRandomValues, randomUUID };
