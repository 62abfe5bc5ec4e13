/** The global `CryptoKey` (W3C Web Cryptography). */
import type { PublicKey } from "./public-key.ts";

export type Material = Uint8Array | PublicKey;

export interface KeyDescription {
  readonly algorithm: { readonly name: string };
  readonly extractable: boolean;
  readonly usages: readonly string[];
}

/** Made by `crypto.subtle` alone. */
export class CryptoKey {
  readonly type: "secret" | "public";
  readonly extractable: boolean;
  readonly algorithm: KeyDescription["algorithm"];
  readonly usages: readonly string[];
  readonly #material: Material;

  private constructor(material: Material, { algorithm, extractable, usages }: KeyDescription) {
    this.type = material instanceof Uint8Array ? "secret" : "public";
    this.#material = material;
    this.algorithm = algorithm;
    this.extractable = extractable;
    this.usages = Object.freeze([...usages]);
    Object.freeze(this);
  }

  /** For the functions of this folder: the class keeps them off its public face by their argument. */
  static access(key: CryptoKey): Material {
    return key.#material;
  }

  static make(material: Material, description: KeyDescription): CryptoKey {
    return new CryptoKey(material, description);
  }

  get [Symbol.toStringTag](): string {
    return "CryptoKey";
  }
}
