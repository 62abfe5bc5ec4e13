/** `node:crypto`: digests, message authentication codes, random values, and signatures that are verified. No ciphers. */
import { invalidType, outOfRange, withCode } from "./argument-errors.ts";
import { Buffer } from "./buffer.ts";
import { bytesOf, isBytes } from "./bytes-like.ts";
import { dataOf, digestName, digestNames, type Data } from "./crypto-arguments.ts";
import { makeCryptoKey, materialOf, type CryptoKey } from "./crypto-key.ts";
import { secretBytes, secretOf, SecretKeyObject, type KeyObject } from "./key-object.ts";
import { native } from "./native.ts";
import type { SubtleCrypto } from "./subtle-crypto.ts";

export { KeyObject } from "./key-object.ts";
export { Verify, constants, createPublicKey, createVerify, verify } from "./signatures.ts";

/** They may be changed afterwards. */
function copyOf(data: Data, encoding?: string): Uint8Array {
  return typeof data === "string" ? dataOf(data, encoding) : Uint8Array.from(dataOf(data));
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
    this.#refuseAfterwards();
    this.#parts.push(copyOf(data, encoding));
    return this;
  }

  digest(): Buffer;
  digest(encoding: string): string;
  digest(encoding?: string): Buffer | string {
    this.#refuseAfterwards();
    this.#isOver = true;
    const [first] = this.#parts;
    const bytes = this.#finish(this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts));
    const result = Buffer.from(bytes.buffer);
    return !encoding || encoding === "buffer" ? result : result.toString(encoding as "hex");
  }

  copy(): Digest {
    this.#refuseAfterwards();
    return new Digest(this.#finish, this.#parts);
  }

  #refuseAfterwards(): void {
    if (this.#isOver) throw withCode(new Error("Digest already called"), "ERR_CRYPTO_HASH_FINALIZED");
  }
}

export function createSecretKey(key: Data, encoding?: string): SecretKeyObject {
  return new SecretKeyObject(secretBytes(key, encoding));
}

/** Always throws: there are no private keys. */
export function createPrivateKey(): never {
  throw Object.assign(new Error("The native engine has no private keys"), { code: "ERR_FEATURE_UNAVAILABLE" });
}

export { Digest as Hash, Digest as Hmac };

export function createHash(name: string): Digest {
  const known = digestName(name);
  return new Digest((bytes) => native.digest(known, bytes));
}

export function createHmac(
  name: string,
  key: Data | KeyObject | CryptoKey,
  options?: { readonly encoding?: string } | null,
): Digest {
  const known = digestName(name);
  const secret = typeof key === "string" ? secretBytes(key, options?.encoding) : secretOf(key);
  return new Digest((bytes) => native.hmac(known, secret, bytes));
}

/** A digest in one call. */
export function hash(name: string, data: Data, encoding: string = "hex"): string | Buffer {
  return createHash(name).update(data).digest(encoding);
}

export const getHashes = (): readonly string[] => digestNames;

const maxRandomBytes = 2 ** 31 - 1;

export function randomBytes(count: number): Buffer;
export function randomBytes(count: number, callback: (error: null, bytes: Buffer) => void): void;
export function randomBytes(count: number, callback?: (error: null, bytes: Buffer) => void): Buffer | void {
  if (typeof count !== "number") throw invalidType('"size" argument', "of type number", count);
  if (!(count >= 0 && count <= maxRandomBytes)) throw outOfRange('"size"', `>= 0 && <= ${maxRandomBytes}`, count);
  const bytes = Buffer.from(native.randomBytes(Math.trunc(count)).buffer);
  if (callback === undefined) return bytes;
  queueMicrotask(() => callback(null, bytes));
}

export function randomFillSync<Target extends ArrayBufferView>(target: Target): Target {
  const view = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  view.set(native.randomBytes(view.length));
  return target;
}

export function getRandomValues<Target extends ArrayBufferView>(target: Target): Target {
  if (target.byteLength > 65_536) {
    throw new DOMException(`The requested length exceeds 65,536 bytes`, "QuotaExceededError");
  }
  return randomFillSync(target);
}

type IntegerCallback = (error: null, value: number) => void;
const maxRange = 2 ** 48;

/**
 * From `min` (0 by default), inclusive, to `max`, exclusive, each as likely: `(max)` and `(min, max)`, with a callback or without.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE`
 */
export function randomInt(...args: readonly (number | IntegerCallback | undefined)[]): number | void {
  const callback = args.find((each) => typeof each === "function");
  const [first, second] = args.filter((each) => typeof each !== "function");
  const [low, high] = (second === undefined ? [0, first] : [first, second]) as [number, number];
  for (const each of [low, high]) {
    if (!Number.isSafeInteger(each)) throw invalidType("arguments", "safe integers", each);
  }
  if (high <= low) throw outOfRange('"max"', `greater than the value of "min" (${low})`, high);
  if (high - low >= maxRange) throw outOfRange('"max" - "min"', "<= 281474976710655", high - low);
  const value = randomBetween(low, high - low);
  if (callback === undefined) return value;
  setImmediate(() => callback(null, value));
}

function randomBetween(low: number, range: number): number {
  const limit = maxRange - (maxRange % range);
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
  const [left, right] = [bytesOf(a), bytesOf(b)];
  if (left.length !== right.length) {
    const message = "Input buffers must have the same byte length";
    throw withCode(new RangeError(message), "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH");
  }
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  return difference === 0;
}

let opened: Promise<SubtleCrypto> | undefined;

function openSubtle(): Promise<SubtleCrypto> {
  opened ??= import("./subtle-crypto.ts").then(
    (all) => new all.SubtleCrypto({ native, bytesOf, makeCryptoKey, materialOf, timingSafeEqual }),
  );
  return opened;
}

/** What it is now: the caller may change it before it is looked at. */
function copied<Value>(value: Value): Value {
  if (isBytes(value)) return Uint8Array.from(bytesOf(value)) as Value;
  if (Array.isArray(value)) return [...(value as unknown[])] as Value;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copied(each)])) as Value;
}

const copies = <Values extends readonly unknown[]>(values: Values): Values =>
  values.map((each) => copied(each)) as unknown as Values;

async function ask<Result>(run: (opened: SubtleCrypto) => Promise<Result>): Promise<Result> {
  return run(await openSubtle());
}

/** Asynchronous, so that functions start without it; what it is given is copied at once. */
export const subtle: Pick<SubtleCrypto, "digest" | "exportKey" | "importKey" | "sign" | "verify"> = {
  digest(...args) {
    const given = copies(args);
    return ask((all) => all.digest(...given));
  },
  exportKey: (...args) => ask((all) => all.exportKey(...args)),
  importKey(...args) {
    const given = copies(args);
    return ask((all) => all.importKey(...given));
  },
  sign(...args) {
    const given = copies(args);
    return ask((all) => all.sign(...given));
  },
  verify(...args) {
    const given = copies(args);
    return ask((all) => all.verify(...given));
  },
};

export const webcrypto: object = { subtle, getRandomValues, randomUUID };
