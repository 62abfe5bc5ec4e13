/** The global `CryptoKey` (W3C Web Cryptography). */
import type { PublicKey } from "./public-key.ts";

export type Material = Uint8Array | PublicKey;

export interface KeyDescription {
  readonly algorithm: { readonly name: string };
  readonly extractable: boolean;
  readonly usages: readonly string[];
}

/** What only this folder has. */
const token = Symbol("CryptoKey");

/** Made by `crypto.subtle` alone. */
export class CryptoKey {
  readonly type: "secret" | "public";
  readonly extractable: boolean;
  readonly algorithm: KeyDescription["algorithm"];
  readonly usages: readonly string[];
  readonly #material: Material;

  /** @throws TypeError for everybody else */
  constructor(given: typeof token, material: Material, { algorithm, extractable, usages }: KeyDescription) {
    if (given !== token) {
      throw Object.assign(new TypeError("Illegal constructor"), { code: "ERR_ILLEGAL_CONSTRUCTOR" });
    }
    this.type = material instanceof Uint8Array ? "secret" : "public";
    this.#material = material;
    this.algorithm = Object.freeze({ ...algorithm });
    this.extractable = Boolean(extractable);
    this.usages = Object.freeze([...usages]);
    Object.freeze(this);
  }

  static open(given: typeof token, key: CryptoKey): Material {
    if (given !== token) throw new TypeError("Illegal invocation");
    return key.#material;
  }

  get [Symbol.toStringTag](): string {
    return "CryptoKey";
  }
}

/** @throws TypeError for what `crypto.subtle` has not made */
export function materialOf(key: CryptoKey): Material {
  return CryptoKey.open(token, key);
}

export function makeCryptoKey(material: Material, description: KeyDescription): CryptoKey {
  return new CryptoKey(token, material, description);
}
