/** `KeyObject` of `node:crypto`. */
import { invalidType, withCode } from "./argument-errors.ts";
import { Buffer } from "./buffer.ts";
import { dataOf, type Data } from "./crypto-arguments.ts";
import { CryptoKey, materialOf } from "./crypto-key.ts";
import { native } from "./native.ts";

export abstract class KeyObject {
  abstract readonly type: "secret" | "public";

  get [Symbol.toStringTag](): string {
    return "KeyObject";
  }
}

export class SecretKeyObject extends KeyObject {
  readonly type = "secret";
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.#bytes = Uint8Array.from(bytes);
  }

  /** @throws TypeError `ERR_INVALID_ARG_TYPE` for what only looks like one */
  static bytesOf(key: SecretKeyObject): Uint8Array {
    if (!(#bytes in key)) throw invalidType('"key" argument', "a key that was made here", key);
    return key.#bytes;
  }

  get symmetricKeySize(): number {
    return this.#bytes.length;
  }

  equals(other: KeyObject): boolean {
    return other instanceof SecretKeyObject && Buffer.from(this.#bytes).equals(other.#bytes);
  }

  export(options?: { readonly format?: "buffer" | "jwk" }): Buffer | Record<string, string> {
    const bytes = Buffer.from(this.#bytes);
    return options?.format === "jwk" ? { kty: "oct", k: bytes.toString("base64url") } : bytes;
  }
}

/**
 * Bytes that are to be a secret.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`; Error `ERR_FEATURE_UNAVAILABLE`
 */
export function secretBytes(data: Data, encoding?: string): Uint8Array {
  const bytes = dataOf(data, encoding);
  refusePublicKey(bytes);
  return bytes;
}

/** Those of a key, too. @throws as `secretBytes`; TypeError `ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE` */
export function secretOf(key: Data | KeyObject | CryptoKey): Uint8Array {
  if (key instanceof SecretKeyObject) return SecretKeyObject.bytesOf(key);
  if (key instanceof CryptoKey && key.type === "secret") return materialOf(key) as Uint8Array;
  if (!(key instanceof KeyObject || key instanceof CryptoKey)) return secretBytes(key);
  const message = `Invalid key object type ${key.type}, expected secret.`;
  throw withCode(new TypeError(message), "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE");
}

/**
 * What anybody can read is no secret. Packages that verify tokens take a key which is no public one for a secret: one that this
 * engine cannot read must not become that, or whoever has it could sign.
 */
function refusePublicKey(bytes: Uint8Array): void {
  if (native.indexOf(bytes, "-----BEGIN ", 0) < 0) return;
  if (!/-----BEGIN [^\n]*(?:PUBLIC KEY|CERTIFICATE)/.test(native.decode(bytes, "latin1"))) return;
  throw withCode(new Error("The native engine takes no public key for a secret"), "ERR_FEATURE_UNAVAILABLE");
}
