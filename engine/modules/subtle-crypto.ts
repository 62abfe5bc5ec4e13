/**
 * `crypto.subtle` (W3C Web Cryptography): digests, HMAC, and signatures that are verified.
 *
 * Read when it is first used, and given what the modules have that are there by then: imported they would be modules of their own.
 */
import type { bytesOf, BytesLike } from "./bytes-like.ts";
import type { CryptoKey, makeCryptoKey, Material, materialOf } from "./crypto-key.ts";
import type { DigestName, Native } from "./native.ts";
import {
  digestBytes,
  ec,
  fromBase64url,
  fromJwk,
  fromSpki,
  modulusBits,
  toBase64url,
  toJwk,
  toSpki,
  verify,
  type Curve,
  type HashName,
  type Jwk,
  type PublicKey,
  type Scheme,
} from "./public-key.ts";

/** What it is made with. */
export interface SubtleTools {
  readonly native: Native;
  readonly bytesOf: typeof bytesOf;
  readonly makeCryptoKey: typeof makeCryptoKey;
  readonly materialOf: typeof materialOf;
  readonly timingSafeEqual: (a: Uint8Array, b: Uint8Array) => boolean;
}

type Named = string | { readonly name: string };
type Given = Readonly<{
  name: string;
  hash?: Named | undefined;
  namedCurve?: string | undefined;
  saltLength?: number;
  length?: number;
}>;
type Algorithm = string | Given;
type Usage = "sign" | "verify";

/** As they are spelled, by kind of key. */
const kinds: Readonly<Record<string, PublicKey["type"] | "secret">> = {
  HMAC: "secret",
  "RSASSA-PKCS1-v1_5": "rsa",
  "RSA-PSS": "rsa",
  ECDSA: "ec",
  Ed25519: "ed25519",
};
const digests: Readonly<Record<string, DigestName>> = {
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};
/** Names of RFC 7518 are these, the digest's bits, or nothing at all. */
const tokenNames: Readonly<Record<string, string>> = { HMAC: "HS", "RSASSA-PKCS1-v1_5": "RS", "RSA-PSS": "PS" };
const curveTokens: Readonly<Record<string, string>> = { "P-256": "ES256", "P-384": "ES384" };

function fail(name: string, message: string): never {
  throw new DOMException(message, name);
}

const refuse = (what: string): never => fail("NotSupportedError", `The native engine has no ${what}`);

/** Names are the same in any case. */
function spelled(name: string, names: object): string {
  const found = Object.keys(names).find((each) => each.toLowerCase() === name.toLowerCase());
  return found ?? refuse(`algorithm ${name}`);
}

function digestOf(hash: Named | undefined): { readonly name: string; readonly digest: DigestName } {
  if (hash === undefined) {
    throw Object.assign(new TypeError("'hash' is required in the algorithm"), { code: "ERR_MISSING_OPTION" });
  }
  const name = spelled(typeof hash === "string" ? hash : hash.name, digests);
  return { name, digest: digests[name] as DigestName };
}

function read(algorithm: Algorithm): Given {
  const given = typeof algorithm === "string" ? { name: algorithm } : algorithm;
  return { ...given, name: spelled(given.name, kinds) };
}

export class SubtleCrypto {
  readonly #tools: SubtleTools;

  constructor(tools: SubtleTools) {
    this.#tools = tools;
  }

  async digest(algorithm: Named, data: BytesLike): Promise<ArrayBuffer> {
    const { native, bytesOf } = this.#tools;
    return native.digest(digestOf(algorithm).digest, bytesOf(data)).buffer;
  }

  async importKey(
    format: string,
    data: BytesLike | Jwk,
    algorithm: Algorithm,
    extractable: boolean,
    usages: readonly Usage[],
  ): Promise<CryptoKey> {
    const { name, hash, namedCurve, length } = read(algorithm);
    const isSecret = name === "HMAC";
    const allowed: readonly string[] = isSecret ? ["sign", "verify"] : ["verify"];
    if (usages.some((usage) => !allowed.includes(usage)))
      fail("SyntaxError", `Unsupported key usage for a ${name} key`);
    if (isSecret && usages.length === 0) fail("SyntaxError", "Usages cannot be empty when importing a secret key.");
    const hashName = name === "ECDSA" || name === "Ed25519" ? undefined : digestOf(hash).name;
    if (format === "jwk") checkJwk(data as Jwk, { name, hashName, namedCurve }, extractable, usages);
    const material = isSecret ? this.#secretOf(format, data) : this.#publicKeyOf(format, data, { name, namedCurve });
    const bits = material instanceof Uint8Array ? material.length * 8 : undefined;
    if (bits !== undefined && length !== undefined && length !== bits)
      refuse(`parts of secrets: ${length} of ${bits} bits`);
    return this.#tools.makeCryptoKey(material, { algorithm: describe(material, name, hashName), extractable, usages });
  }

  async exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer | Record<string, unknown>> {
    const material = this.#tools.materialOf(key);
    if (!key.extractable) fail("InvalidAccessError", "key is not extractable");
    const members = { key_ops: [...key.usages], ext: true };
    if (material instanceof Uint8Array) {
      if (format === "raw") return Uint8Array.from(material).buffer;
      if (format !== "jwk") refuse(`secrets as ${format}`);
      return { kty: "oct", k: toBase64url(material), alg: tokenOf(key.algorithm as Described), ...members };
    }
    if (format === "spki") return Uint8Array.from(toSpki(material)).buffer;
    if (format === "raw" && "point" in material) return Uint8Array.from(material.point).buffer;
    if (format !== "jwk") refuse(`public keys as ${format}`);
    const algorithm = material.type === "rsa" ? tokenOf(key.algorithm as Described) : "Ed25519";
    return { ...toJwk(material), ...(material.type !== "ec" && { alg: algorithm }), ...members };
  }

  async sign(algorithm: Algorithm, key: CryptoKey, data: BytesLike): Promise<ArrayBuffer> {
    const material = this.#materialFor("sign", algorithm, key);
    return material instanceof Uint8Array
      ? this.#hmac(key, material, data).buffer
      : refuse("signatures by private keys");
  }

  async verify(algorithm: Algorithm, key: CryptoKey, signature: BytesLike, data: BytesLike): Promise<boolean> {
    const { native, bytesOf, timingSafeEqual } = this.#tools;
    const material = this.#materialFor("verify", algorithm, key);
    const given = bytesOf(signature);
    if (material instanceof Uint8Array) {
      const expected = this.#hmac(key, material, data);
      return expected.length === given.length && timingSafeEqual(expected, given);
    }
    try {
      return verify(native, material, schemeOf(material, read(algorithm), key), bytesOf(data), given);
    } catch (error) {
      return (error as { code?: string }).code === "ERR_FEATURE_UNAVAILABLE"
        ? fail("NotSupportedError", (error as Error).message)
        : fail("OperationError", (error as Error).message);
    }
  }

  /** A key serves one algorithm, and what it was imported for. */
  #materialFor(usage: Usage, algorithm: Algorithm, key: CryptoKey): Material {
    if (read(algorithm).name !== key.algorithm.name) fail("InvalidAccessError", "Key algorithm mismatch");
    if (!key.usages.includes(usage)) fail("InvalidAccessError", `Unable to use this key to ${usage}`);
    return this.#tools.materialOf(key);
  }

  #hmac(key: CryptoKey, secret: Uint8Array, data: BytesLike): Uint8Array<ArrayBuffer> {
    const { native, bytesOf } = this.#tools;
    return native.hmac(digestOf((key.algorithm as Described).hash).digest, secret, bytesOf(data));
  }

  /** None of no length: whoever forgot to set a secret would accept what anybody has signed. */
  #secretOf(format: string, data: BytesLike | Jwk): Uint8Array {
    if (format !== "raw" && format !== "jwk") refuse(`secrets as ${format}`);
    const bytes = format === "raw" ? Uint8Array.from(this.#tools.bytesOf(data as BytesLike)) : secretOfJwk(data as Jwk);
    return bytes.length === 0 ? fail("DataError", "Zero-length key is not supported") : bytes;
  }

  #publicKeyOf(format: string, data: BytesLike | Jwk, { name, namedCurve }: Given): PublicKey {
    const { bytesOf } = this.#tools;
    let key: PublicKey | undefined;
    try {
      if (format === "spki") key = fromSpki(bytesOf(data as BytesLike));
      else if (format === "jwk") key = fromJwk(data as Jwk);
      else if (format === "raw" && name !== undefined)
        key = fromRaw(Uint8Array.from(bytesOf(data as BytesLike)), name, namedCurve);
      else refuse(`public keys as ${format}`);
    } catch (error) {
      const { code, message } = error as { readonly code?: unknown; readonly message: string };
      if (code === "ERR_FEATURE_UNAVAILABLE") fail("NotSupportedError", message);
      if (typeof code === "string" && code !== "ERR_INVALID_ARG_TYPE") fail("DataError", "Invalid keyData");
      throw error;
    }
    const isOther = key?.type !== kinds[name] || (key?.type === "ec" && key.curve !== namedCurve);
    return key === undefined || isOther ? fail("DataError", "Invalid key type") : key;
  }
}

type Described = Readonly<{ name: string; hash: { readonly name: string } }>;

const tokenOf = ({ name, hash }: Described): string => `${tokenNames[name]}${hash.name.slice("SHA-".length)}`;

function fromRaw(bytes: Uint8Array, name: string, namedCurve: string | undefined): PublicKey | undefined {
  if (name === "Ed25519") return bytes.length === 32 ? { type: "ed25519", point: bytes } : undefined;
  return name === "ECDSA" && (namedCurve === "P-256" || namedCurve === "P-384")
    ? ec(namedCurve satisfies Curve, bytes)
    : refuse(`keys of ${name} as raw`);
}

function secretOfJwk({ kty, k }: Jwk): Uint8Array {
  const bytes = kty === "oct" ? fromBase64url(k) : undefined;
  return bytes ?? fail("DataError", "Invalid keyData");
}

/** What it says that it is for has to be what it is imported for. Source: RFC 7517, 4. */
function checkJwk(
  jwk: Jwk,
  { name, hashName, namedCurve }: { name: string; hashName: string | undefined; namedCurve: string | undefined },
  extractable: boolean,
  usages: readonly Usage[],
): void {
  if (typeof jwk !== "object" || jwk === null) fail("DataError", "Invalid keyData");
  if (jwk.d !== undefined) refuse("private keys");
  if (jwk.use !== undefined && usages.length > 0 && jwk.use !== "sig") fail("DataError", 'Invalid JWK "use" Parameter');
  if (jwk.ext === false && extractable) fail("DataError", 'JWK "ext" Parameter and extractable mismatch');
  const operations = jwk.key_ops;
  if (operations !== undefined && !(Array.isArray(operations) && usages.every((each) => operations.includes(each)))) {
    fail("DataError", "Key operations and usage mismatch");
  }
  if (jwk.alg === undefined) return;
  const expected =
    name === "Ed25519"
      ? ["EdDSA", "Ed25519"]
      : [name === "ECDSA" ? curveTokens[namedCurve ?? ""] : tokenOf({ name, hash: { name: hashName ?? "" } })];
  if (!expected.includes(jwk.alg as string)) fail("DataError", 'JWK "alg" does not match the requested algorithm');
}

/** RSA's digest belongs to the key, that of ECDSA to the call, and Ed25519 has its own. */
function schemeOf({ type }: PublicKey, { name, hash, saltLength }: Given, key: CryptoKey): Scheme {
  if (type === "ed25519") return {};
  const found = digestOf(type === "ec" ? hash : (key.algorithm as Described).hash).digest;
  if (found === "sha1" || found === "md5") refuse("signatures of SHA-1");
  const isPss = name === "RSA-PSS";
  if (isPss && saltLength !== digestBytes[found as HashName])
    refuse(`PSS with a salt of ${saltLength} bytes for ${found}`);
  return { hash: found as HashName, isPss, dsaEncoding: "ieee-p1363" };
}

function describe(key: Material, name: string, hashName: string | undefined): { readonly name: string } {
  const hash = Object.freeze({ name: hashName ?? "" });
  if (key instanceof Uint8Array) return { name, length: key.length * 8, hash } as { readonly name: string };
  if (key.type === "ec") return { name, namedCurve: key.curve } as { readonly name: string };
  if (key.type !== "rsa") return { name };
  const of = { name, modulusLength: modulusBits(key.n), publicExponent: Uint8Array.from(key.e), hash };
  return of;
}
