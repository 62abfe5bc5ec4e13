/** The part of `node:crypto` that verifies signatures. */
import { Buffer } from "./buffer.ts";
import { bytesOf, type Data } from "./crypto-arguments.ts";
import { KeyObject } from "./key-object.ts";
import { native } from "./native.ts";
import {
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

/** Curves as OpenSSL names them. */
const curveNames = { "P-256": "prime256v1", "P-384": "secp384r1" } as const;

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

  get asymmetricKeyType(): PublicKey["type"] {
    return this.#key.type;
  }

  get asymmetricKeyDetails(): object {
    const key = this.#key;
    if (key.type === "ec") return { namedCurve: curveNames[key.curve] };
    if (key.type === "ed25519") return {};
    const publicExponent = key.e.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    return { modulusLength: modulusBits(key.n), publicExponent };
  }

  equals(other: KeyObject): boolean {
    return other instanceof PublicKeyObject && Buffer.from(toSpki(this.#key)).equals(toSpki(other.#key));
  }

  export({ format, type = "spki" }: ExportOptions): string | Buffer | Record<string, string> {
    if (format === "jwk") return toJwk(this.#key);
    const der = type === "pkcs1" ? toPkcs1(this.#key) : toSpki(this.#key);
    return format === "der" ? Buffer.from(der) : toPem(type === "pkcs1" ? "RSA PUBLIC KEY" : "PUBLIC KEY", der);
  }
}

/**
 * @param input text or bytes of PEM (a public key, or a certificate), or an object that tells the format
 * @throws Error `ERR_OSSL_UNSUPPORTED`, `ERR_FEATURE_UNAVAILABLE`; TypeError `ERR_CRYPTO_INVALID_JWK`
 */
export function createPublicKey(input: Data | KeyInput): PublicKeyObject {
  if (input instanceof KeyObject) {
    const message = `Invalid key object type ${(input as { readonly type: string }).type}, expected private.`;
    throw Object.assign(new TypeError(message), { code: "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE" });
  }
  return new PublicKeyObject(readKey(input));
}

function readKey(input: Data | KeyInput): PublicKey {
  if (typeof input === "string" || ArrayBuffer.isView(input) || input instanceof ArrayBuffer) {
    return fromPem(Buffer.from(bytesOf(input)).toString());
  }
  const { key, format = "pem", type = "spki", encoding } = input;
  if (key instanceof PublicKeyObject) return PublicKeyObject.keyOf(key);
  if (format === "jwk") return fromJwk(key as Jwk);
  const bytes = bytesOf(key as Data, encoding);
  if (format === "pem") return fromPem(Buffer.from(bytes).toString());
  return type === "pkcs1" ? fromPkcs1(bytes) : fromSpki(bytes);
}

type VerifyKey = Data | PublicKeyObject | (KeyInput & VerifyOptions);

function keyOf(key: VerifyKey): PublicKey {
  return PublicKeyObject.keyOf(key instanceof PublicKeyObject ? key : createPublicKey(key));
}

/** `RSA-SHA256` is that digest for any kind of key. */
function hashOf(name: string): HashName {
  const plain = name.toLowerCase().replace(/^rsa-/, "").replace("-", "");
  const found = (["sha256", "sha384", "sha512"] as const).find((each) => each === plain);
  if (found !== undefined) return found;
  throw Object.assign(new Error(`The native engine verifies no signatures of ${name}`), {
    code: "ERR_FEATURE_UNAVAILABLE",
  });
}

function check(hash: HashName, message: Uint8Array, given: VerifyKey, signature: Uint8Array): boolean {
  const key = keyOf(given);
  const { padding, saltLength, dsaEncoding }: VerifyOptions = given as VerifyOptions;
  const isPss = padding === constants["RSA_PKCS1_PSS_PADDING"];
  const isUsual = saltLength === undefined || saltLength < 0 || saltLength === digestBytes[hash];
  if (isPss && !isUsual) {
    const text = `The native engine verifies PSS with a salt of ${digestBytes[hash]} bytes, as long as the digest`;
    throw Object.assign(new Error(text), { code: "ERR_FEATURE_UNAVAILABLE" });
  }
  return verifyWith(native, key, { hash, isPss, dsaEncoding: dsaEncoding ?? "der" }, message, signature);
}

/** What `createVerify` gives. */
class Verify {
  readonly #hash: HashName;
  readonly #parts: Uint8Array[] = [];

  constructor(algorithm: string) {
    this.#hash = hashOf(algorithm);
  }

  update(data: Data, encoding?: string): this {
    this.#parts.push(Uint8Array.from(bytesOf(data, encoding)));
    return this;
  }

  verify(key: VerifyKey, signature: Data, encoding?: string): boolean {
    return check(this.#hash, Buffer.concat(this.#parts), key, bytesOf(signature, encoding));
  }
}

export { Verify };

export function createVerify(algorithm: string): Verify {
  return new Verify(algorithm);
}

type Callback = (error: Error | null, isValid?: boolean) => void;

/** @param algorithm null or undefined for Ed25519, which has its own */
export function verify(
  algorithm: string | null | undefined,
  data: Data,
  key: VerifyKey,
  signature: Data,
  callback?: Callback,
): boolean | void {
  const run = (): boolean => check(hashOf(algorithm ?? "sha256"), bytesOf(data), key, bytesOf(signature));
  if (callback === undefined) return run();
  setImmediate(() => {
    let isValid: boolean;
    try {
      isValid = run();
    } catch (error) {
      return callback(error as Error);
    }
    return callback(null, isValid);
  });
}
