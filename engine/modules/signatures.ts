/** The part of `node:crypto` that verifies signatures. */
import { withCode } from "./argument-errors.ts";
import { Buffer } from "./buffer.ts";
import { isBytes } from "./bytes-like.ts";
import { dataOf, type Data } from "./crypto-arguments.ts";
import { CryptoKey, materialOf } from "./crypto-key.ts";
import { KeyObject } from "./key-object.ts";
import { native } from "./native.ts";
import {
  curveNames,
  digestBytes,
  fromJwk,
  fromPem,
  fromPkcs1,
  fromSpki,
  modulusBits,
  toJwk,
  toPem,
  toPkcs1,
  toSpki,
  verify as verifyWith,
  type HashName,
  type Jwk,
  type PublicKey,
} from "./public-key.ts";

export const constants: Readonly<Record<string, number>> = {
  RSA_PKCS1_PADDING: 1,
  RSA_NO_PADDING: 3,
  RSA_PKCS1_OAEP_PADDING: 4,
  RSA_X931_PADDING: 5,
  RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1,
  RSA_PSS_SALTLEN_MAX_SIGN: -2,
  RSA_PSS_SALTLEN_AUTO: -2,
};

interface KeyInput {
  readonly key: Data | Jwk | PublicKeyObject;
  /** @default "pem" */
  readonly format?: "pem" | "der" | "jwk";
  readonly type?: "spki" | "pkcs1";
  readonly encoding?: string;
}

interface VerifyOptions {
  /** @default RSA_PKCS1_PADDING */
  readonly padding?: number;
  readonly saltLength?: number;
  readonly dsaEncoding?: "der" | "ieee-p1363";
}

interface ExportOptions {
  readonly format: "pem" | "der" | "jwk";
  readonly type?: "spki" | "pkcs1";
}

class PublicKeyObject extends KeyObject {
  readonly type = "public";
  readonly #key: PublicKey;

  constructor(key: PublicKey) {
    super();
    this.#key = key;
  }

  static keyOf(object: PublicKeyObject): PublicKey {
    return object.#key;
  }

  get asymmetricKeyType(): string {
    return this.#key.type === "other" ? this.#key.name : this.#key.type;
  }

  get asymmetricKeyDetails(): object {
    const key = this.#key;
    if (key.type === "ec") return { namedCurve: curveNames[key.curve] };
    if (key.type === "other") return key.namedCurve === undefined ? {} : { namedCurve: key.namedCurve };
    if (key.type === "ed25519") return {};
    const publicExponent = key.e.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    return { modulusLength: modulusBits(key.n), publicExponent };
  }

  equals(other: KeyObject): boolean {
    return other instanceof PublicKeyObject && Buffer.from(toSpki(this.#key)).equals(toSpki(other.#key));
  }

  export({ format, type = "spki" }: ExportOptions): string | Buffer | Record<string, string> {
    if (format === "jwk") return toJwk(this.#key);
    if (format !== "pem" && format !== "der") {
      const message = `The property 'options.format' is invalid. Received ${String(format)}`;
      throw withCode(new TypeError(message), "ERR_INVALID_ARG_VALUE");
    }
    const der = type === "pkcs1" ? toPkcs1(this.#key) : toSpki(this.#key);
    return format === "der" ? Buffer.from(der) : toPem(type === "pkcs1" ? "RSA PUBLIC KEY" : "PUBLIC KEY", der);
  }
}

/**
 * @param input text or bytes of PEM (a public key, or a certificate), or an object that tells the format
 * @throws Error `ERR_OSSL_UNSUPPORTED`, `ERR_FEATURE_UNAVAILABLE`; TypeError `ERR_INVALID_ARG_TYPE`, `ERR_CRYPTO_INVALID_JWK`,
 *   `ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE`
 */
export function createPublicKey(input: Data | KeyInput): PublicKeyObject {
  if (input instanceof KeyObject || input instanceof CryptoKey) throw refuseKind(input.type, "private");
  return new PublicKeyObject(readKey(input));
}

function refuseKind(type: string, expected: string): Error {
  const message = `Invalid key object type ${type}, expected ${expected}.`;
  return withCode(new TypeError(message), "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE");
}

function readKey(input: Data | KeyInput): PublicKey {
  if (typeof input === "string" || isBytes(input)) return fromPem(Buffer.from(dataOf(input)).toString());
  const { key, format = "pem", type = "spki", encoding } = input;
  if (key instanceof PublicKeyObject) return PublicKeyObject.keyOf(key);
  if (key instanceof KeyObject) throw refuseKind(key.type, "private or public");
  if (format === "jwk") return fromJwk(key as Jwk);
  const bytes = dataOf(key as Data, encoding);
  if (format === "pem") return fromPem(Buffer.from(bytes).toString());
  return type === "pkcs1" ? fromPkcs1(bytes) : fromSpki(bytes);
}

type VerifyKey = Data | KeyObject | CryptoKey | (KeyInput & VerifyOptions);

function keyOf(key: VerifyKey): PublicKey {
  if (key instanceof PublicKeyObject) return PublicKeyObject.keyOf(key);
  if (key instanceof CryptoKey) {
    const material = materialOf(key);
    if (!(material instanceof Uint8Array)) return material;
  }
  if (key instanceof KeyObject || key instanceof CryptoKey) throw refuseKind(key.type, "private or public");
  return readKey(key);
}

/** `RSA-SHA256` is that digest for any kind of key. Names that OpenSSL has for the same thing. */
function hashOf(name: string): HashName {
  const pattern = /^(?:(?:rsa-)?sha|sha-|sha2-)(256|384|512)$|^sha(256|384|512)withrsaencryption$/;
  const [, plain, long] = pattern.exec(name.toLowerCase()) ?? [];
  const found = (["sha256", "sha384", "sha512"] as const).find((each) => each === `sha${plain ?? long}`);
  if (found === undefined) refuse(`verifies no signatures of ${name}`);
  return found;
}

function refuse(what: string): never {
  throw withCode(new Error(`The native engine ${what}`), "ERR_FEATURE_UNAVAILABLE");
}

/** @param hash undefined where the caller leaves it to the key */
function check(hash: HashName | undefined, message: Uint8Array, given: VerifyKey, signature: Uint8Array): boolean {
  const key = keyOf(given);
  const { padding, saltLength, dsaEncoding = "der" } = given as VerifyOptions;
  if (dsaEncoding !== "der" && dsaEncoding !== "ieee-p1363") refuse(`has no dsaEncoding ${String(dsaEncoding)}`);
  if (key.type === "ed25519" && hash !== undefined) {
    throw withCode(new Error("error:1C800080:Provider routines::invalid digest"), "ERR_OSSL_INVALID_DIGEST");
  }
  const scheme = { hash: hash ?? "sha256", isPss: isPss(padding), dsaEncoding } as const;
  const isValid = verifyWith(native, key, scheme, message, signature);
  if (key.type !== "rsa" || !scheme.isPss) return isValid;
  const length = digestBytes[scheme.hash];
  if (saltLength === length || saltLength === constants["RSA_PSS_SALTLEN_DIGEST"]) return isValid;
  const isAny = saltLength === undefined || saltLength === constants["RSA_PSS_SALTLEN_AUTO"];
  // With another salt it may be one all the same.
  if (isAny && isValid) return true;
  return refuse(`verifies PSS with a salt of ${length} bytes, as long as the digest, and this has no such signature`);
}

function isPss(padding: unknown): boolean {
  if (padding === constants["RSA_PKCS1_PSS_PADDING"]) return true;
  if (padding === undefined || padding === constants["RSA_PKCS1_PADDING"]) return false;
  return refuse(`verifies no signatures with the padding ${String(padding)}`);
}

/** What `createVerify` gives. */
class Verify {
  readonly #hash: HashName;
  readonly #parts: Uint8Array[] = [];
  #isOver = false;

  constructor(algorithm: string) {
    this.#hash = hashOf(algorithm);
  }

  update(data: Data, encoding?: string): this {
    this.#refuseAfterwards();
    this.#parts.push(Uint8Array.from(dataOf(data, encoding)));
    return this;
  }

  /** As of a stream, which it is not otherwise. */
  write(data: Data, encoding?: string): boolean {
    this.update(data, encoding);
    return true;
  }

  end(data?: Data, encoding?: string): this {
    return data === undefined ? this : this.update(data, encoding);
  }

  verify(key: VerifyKey, signature: Data, encoding?: string): boolean {
    this.#refuseAfterwards();
    this.#isOver = true;
    return check(this.#hash, Buffer.concat(this.#parts), key, dataOf(signature, encoding));
  }

  #refuseAfterwards(): void {
    if (this.#isOver) throw withCode(new Error("Invalid state: verify"), "ERR_CRYPTO_INVALID_STATE");
  }
}

export { Verify };

export function createVerify(algorithm: string): Verify {
  return new Verify(algorithm);
}

type Callback = (error: Error | null, isValid?: boolean) => void;

/** @param algorithm null or undefined for Ed25519, which has its own; SHA-256 by default for others */
export function verify(
  algorithm: string | null | undefined,
  data: Data,
  key: VerifyKey,
  signature: Data,
  callback?: Callback,
): boolean | void {
  const hash = algorithm === null || algorithm === undefined ? undefined : hashOf(algorithm);
  const isValid = check(hash, dataOf(data), key, dataOf(signature));
  if (callback === undefined) return isValid;
  setImmediate(() => callback(null, isValid));
}
