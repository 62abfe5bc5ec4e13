/**
 * `crypto.subtle` (W3C Web Cryptography): digests, HMAC, and signatures that are verified.
 *
 * Read when it is first used, and given what the modules have that are there by then: imported they would be modules of their own.
 */
import type { bytesOf as BytesOf, Data, digestName as DigestName } from "./crypto-arguments.ts";
import type { Native } from "./native.ts";
import {
  digestBytes,
  fromJwk,
  fromSpki,
  modulusBits,
  verify,
  type HashName,
  type Jwk,
  type PublicKey,
  type Scheme,
} from "./public-key.ts";

/** What it is made with. */
export interface SubtleTools {
  readonly native: Native;
  readonly bytesOf: typeof BytesOf;
  readonly digestName: typeof DigestName;
  readonly timingSafeEqual: (a: Uint8Array, b: Uint8Array) => boolean;
}

type Named = string | { readonly name: string };
type Algorithm = Readonly<{ name: string; hash?: Named; namedCurve?: string; saltLength?: number }>;
const nameOf = (algorithm: Named): string => (typeof algorithm === "string" ? algorithm : algorithm.name);
const given = (algorithm: string | Algorithm): Algorithm =>
  typeof algorithm === "string" ? { name: algorithm } : algorithm;

class CryptoKey {
  readonly type: "secret" | "public";
  readonly extractable: boolean;
  readonly algorithm: object;
  readonly usages: readonly string[];
  readonly #material: Uint8Array | PublicKey;

  constructor(material: Uint8Array | PublicKey, algorithm: object, extractable: boolean, usages: readonly string[]) {
    this.type = material instanceof Uint8Array ? "secret" : "public";
    this.#material = material;
    this.algorithm = algorithm;
    this.extractable = extractable;
    this.usages = usages;
  }

  static materialOf(key: CryptoKey): Uint8Array | PublicKey {
    return key.#material;
  }

  get [Symbol.toStringTag](): string {
    return "CryptoKey";
  }
}

/** Of names as `crypto.subtle` has them, the kind of key. */
const kinds: Readonly<Record<string, PublicKey["type"]>> = {
  "RSASSA-PKCS1-v1_5": "rsa",
  "RSA-PSS": "rsa",
  ECDSA: "ec",
  Ed25519: "ed25519",
};

function refuse(what: string): never {
  throw new DOMException(`The native engine has no ${what}`, "NotSupportedError");
}

export class SubtleCrypto {
  readonly #native: Native;
  readonly #bytesOf: SubtleTools["bytesOf"];
  readonly #digestName: SubtleTools["digestName"];
  readonly #timingSafeEqual: SubtleTools["timingSafeEqual"];

  constructor({ native, bytesOf, digestName, timingSafeEqual }: SubtleTools) {
    this.#native = native;
    this.#bytesOf = bytesOf;
    this.#digestName = digestName;
    this.#timingSafeEqual = timingSafeEqual;
  }

  async digest(algorithm: Named, data: Data): Promise<ArrayBuffer> {
    return this.#native.digest(this.#digestName(nameOf(algorithm)), this.#bytesOf(data)).buffer;
  }

  async importKey(
    format: string,
    data: Data | Jwk,
    algorithm: string | Algorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey> {
    const { name, hash, namedCurve } = given(algorithm);
    if (name === "HMAC") {
      const bytes =
        format === "raw" ? Uint8Array.from(this.#bytesOf(data as Data)) : this.#secretOf(format, data as Jwk);
      const algorithmOfKey = { name, length: bytes.length * 8, hash: { name: nameOf(hash ?? "") } };
      return new CryptoKey(bytes, algorithmOfKey, extractable, usages);
    }
    if (kinds[name] === undefined) refuse(`keys of ${name}`);
    const key = this.#publicKeyOf(format, data);
    const isOther = key.type !== kinds[name] || (key.type === "ec" && key.curve !== namedCurve);
    if (isOther) throw new DOMException("Invalid key type", "DataError");
    if (usages.some((usage) => usage !== "verify")) {
      throw new DOMException(`Unsupported key usage for a ${name} key`, "SyntaxError");
    }
    return new CryptoKey(key, describe(key, name, hash), extractable, usages);
  }

  async sign(algorithm: string | Algorithm, key: CryptoKey, data: Data): Promise<ArrayBuffer> {
    const material = materialFor("sign", algorithm, key);
    if (!(material instanceof Uint8Array)) refuse(`signatures by ${given(algorithm).name}`);
    return this.#hmac(key, material, data).buffer;
  }

  async verify(algorithm: string | Algorithm, key: CryptoKey, signature: Data, data: Data): Promise<boolean> {
    const material = materialFor("verify", algorithm, key);
    if (material instanceof Uint8Array) {
      const [expected, found] = [this.#hmac(key, material, data), this.#bytesOf(signature)];
      return expected.length === found.length && this.#timingSafeEqual(expected, found);
    }
    const scheme = { ...this.#schemeOf(material, given(algorithm), key), dsaEncoding: "ieee-p1363" } as const;
    return verify(this.#native, material, scheme, this.#bytesOf(data), this.#bytesOf(signature));
  }

  #hmac(key: CryptoKey, secret: Uint8Array, data: Data): Uint8Array<ArrayBuffer> {
    return this.#native.hmac(this.#digestName(hashOf(key)), secret, this.#bytesOf(data));
  }

  /** RSA's digest belongs to the key, that of ECDSA to the call, and Ed25519 has its own. */
  #schemeOf({ type }: PublicKey, { name, hash, saltLength }: Algorithm, key: CryptoKey): Scheme {
    if (type === "ed25519") return { hash: "sha512" };
    const digest = this.#digestName(type === "ec" ? nameOf(hash ?? "") : hashOf(key)) as HashName;
    const isPss = name === "RSA-PSS";
    if (isPss && saltLength !== digestBytes[digest]) refuse(`PSS with a salt of ${saltLength} bytes for ${digest}`);
    return { hash: digest, isPss };
  }

  #secretOf(format: string, jwk: Jwk): Uint8Array {
    if (format !== "jwk") refuse(`secrets as ${format}`);
    if (jwk.kty !== "oct" || typeof jwk.k !== "string") throw new DOMException("Invalid keyData", "DataError");
    return this.#bytesOf(jwk.k, "base64url");
  }

  #publicKeyOf(format: string, data: Data | Jwk): PublicKey {
    if (format === "spki") return fromSpki(this.#bytesOf(data as Data));
    if (format !== "jwk") return refuse(`public keys as ${format}`);
    return (data as Jwk).d === undefined ? fromJwk(data as Jwk) : refuse("private keys");
  }
}

/** @throws DOMException `InvalidAccessError`: a key serves one algorithm, and what it was imported for */
function materialFor(usage: "sign" | "verify", algorithm: string | Algorithm, key: CryptoKey): Uint8Array | PublicKey {
  if (given(algorithm).name !== (key.algorithm as { readonly name: string }).name) {
    throw new DOMException("Key algorithm mismatch", "InvalidAccessError");
  }
  if (!key.usages.includes(usage)) throw new DOMException(`Unable to use this key to ${usage}`, "InvalidAccessError");
  return CryptoKey.materialOf(key);
}

function hashOf({ algorithm }: CryptoKey): string {
  return (algorithm as { readonly hash: { readonly name: string } }).hash.name;
}

function describe(key: PublicKey, name: string, hash: Named | undefined): object {
  if (key.type === "ec") return { name, namedCurve: key.curve };
  if (key.type === "ed25519") return { name };
  const ofHash = { name: nameOf(hash ?? "") };
  return { name, modulusLength: modulusBits(key.n), publicExponent: Uint8Array.from(key.e), hash: ofHash };
}
