/**
 * Public keys, and signatures by them. Source: RFC 5280, 5480 and 8410 (SubjectPublicKeyInfo), RFC 8017 (RSAPublicKey), RFC 7468
 * (PEM), RFC 7518 (JWK), X.690 (DER).
 *
 * Imports nothing: `crypto.subtle` reads this file when the first of them is imported, and what both need would be another module.
 */
import type { Native } from "./native.ts";

export type Curve = "P-256" | "P-384";
export type HashName = "sha256" | "sha384" | "sha512";

export const digestBytes: Readonly<Record<HashName, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/** Numbers without zeros in front; points as they are written in keys. */
export type PublicKey =
  | { readonly type: "rsa"; readonly n: Uint8Array; readonly e: Uint8Array }
  | { readonly type: "ec"; readonly curve: Curve; readonly point: Uint8Array }
  | { readonly type: "ed25519"; readonly point: Uint8Array };

/** Members of a JSON Web Key that are read here. */
export interface Jwk {
  readonly kty?: unknown;
  readonly crv?: unknown;
  readonly n?: unknown;
  readonly e?: unknown;
  readonly x?: unknown;
  readonly y?: unknown;
  /** Of a private key. */
  readonly d?: unknown;
  /** Of a secret. */
  readonly k?: unknown;
}

export interface Scheme {
  readonly hash: HashName;
  /** Of RSA: PSS, with a salt as long as the digest. @default false: PKCS #1 v1.5 */
  readonly isPss?: boolean;
  /** Of ECDSA. @default "der" */
  readonly dsaEncoding?: "der" | "ieee-p1363";
}

/** By their bytes in hexadecimal digits. */
const identifiers = {
  rsa: "2a864886f70d010101",
  ec: "2a8648ce3d0201",
  ed25519: "2b6570",
  "P-256": "2a8648ce3d030107",
  "P-384": "2b81040022",
} as const;
const sizes: Readonly<Record<Curve, number>> = { "P-256": 32, "P-384": 48 };
const tags = { integer: 2, bits: 3, empty: 5, identifier: 6, sequence: 0x30, version: 0xa0 };
const minModulusBits = 2048;

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (each) => Number.parseInt(each, 16));

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

function refuse(what: string): never {
  throw withCode(`The native engine has no ${what}`, "ERR_FEATURE_UNAVAILABLE");
}

function refuseData(): never {
  throw withCode("error:1E08010C:DECODER routines::unsupported", "ERR_OSSL_UNSUPPORTED");
}

/** One value behind another. */
class DerReader {
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
    if (length > 0x80) {
      const count = length - 0x80;
      // More than 16 MB is no key.
      if (count > 3) refuseData();
      length = 0;
      for (const byte of this.#bytes.subarray(begin, begin + count)) length = length * 256 + byte;
      begin += count;
    }
    this.#at = begin + length;
    if (this.#at > this.#bytes.length) refuseData();
    return this.#bytes.subarray(begin, this.#at);
  }
}

function write(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
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

function withoutZeros(number: Uint8Array): Uint8Array {
  const at = number.findIndex((byte) => byte !== 0);
  return number.subarray(at < 0 ? number.length : at);
}

/** Positive: a first byte of 128 and more would be a sign. */
function writeInteger(number: Uint8Array): Uint8Array {
  return (number[0] ?? 0) < 0x80 ? write(tags.integer, number) : write(tags.integer, Uint8Array.of(0), number);
}

function rsa(n: Uint8Array, e: Uint8Array): PublicKey {
  const key = { type: "rsa", n: withoutZeros(n), e: withoutZeros(e) } as const;
  const bits = modulusBits(key.n);
  if (bits < minModulusBits) refuse(`RSA keys of ${bits} bits: ${minModulusBits} are the fewest`);
  return key;
}

export function modulusBits(n: Uint8Array): number {
  return n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
}

export function fromPkcs1(der: Uint8Array): PublicKey {
  const numbers = new DerReader(new DerReader(der).read(tags.sequence));
  return rsa(numbers.read(tags.integer), numbers.read(tags.integer));
}

export function fromSpki(der: Uint8Array): PublicKey {
  const whole = new DerReader(new DerReader(der).read(tags.sequence));
  const algorithm = new DerReader(whole.read(tags.sequence));
  const name = toHex(algorithm.read(tags.identifier));
  // In front of it stands how many bits of the last byte are not used: none.
  const bits = whole.read(tags.bits).subarray(1);
  if (name === identifiers.rsa) return fromPkcs1(bits);
  if (name === identifiers.ed25519) return { type: "ed25519", point: bits };
  if (name !== identifiers.ec) refuse("keys of this kind: it has RSA, ECDSA and Ed25519");
  const curveName = toHex(algorithm.read(tags.identifier));
  const curve = (["P-256", "P-384"] as const).find((each) => identifiers[each] === curveName);
  if (curve === undefined) refuse("other curves than P-256 and P-384");
  return ec(curve, bits);
}

function ec(curve: Curve, point: Uint8Array): PublicKey {
  if (point.length !== 1 + 2 * sizes[curve] || point[0] !== 4) refuse("points that are compressed");
  return { type: "ec", curve, point };
}

/** Source: RFC 5280, 4.1. */
function fromCertificate(der: Uint8Array): PublicKey {
  const certificate = new DerReader(new DerReader(der).read(tags.sequence));
  const fields = new DerReader(certificate.read(tags.sequence));
  if (fields.next === tags.version) fields.read(tags.version);
  fields.read(tags.integer);
  // Signature, issuer, validity and subject stand in front of it.
  for (let count = 0; count < 4; count++) fields.read(tags.sequence);
  return fromSpki(write(tags.sequence, fields.read(tags.sequence)));
}

export function fromPem(text: string): PublicKey {
  const [, label, base64 = ""] = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/.exec(text) ?? [];
  if (label?.endsWith("PRIVATE KEY") === true) refuse("private keys");
  let der: Uint8Array;
  try {
    der = fromBase64(base64, "base64");
  } catch {
    return refuseData();
  }
  if (label === "PUBLIC KEY") return fromSpki(der);
  if (label === "RSA PUBLIC KEY") return fromPkcs1(der);
  return label === "CERTIFICATE" ? fromCertificate(der) : refuseData();
}

type Alphabet = "base64" | "base64url";

function fromBase64(text: string, alphabet: Alphabet): Uint8Array {
  const { fromBase64: decode } = Uint8Array as unknown as {
    fromBase64(text: string, options: { readonly alphabet: Alphabet }): Uint8Array;
  };
  return decode(text, { alphabet });
}

function toBase64(bytes: Uint8Array, alphabet: Alphabet): string {
  const writer = bytes as unknown as { toBase64(options: object): string };
  return writer.toBase64({ alphabet, omitPadding: alphabet === "base64url" });
}

/** @throws TypeError `ERR_CRYPTO_INVALID_JWK` */
export function fromJwk(jwk: Jwk): PublicKey {
  const member = (name: "n" | "e" | "x" | "y"): Uint8Array => {
    const text = jwk[name];
    if (typeof text !== "string" || !/^[\w-]*=*$/.test(text)) throw invalidJwk(`Invalid JWK ${String(jwk.kty)} key`);
    return fromBase64(text.replace(/=+$/, ""), "base64url");
  };
  if (jwk.kty === "RSA") return rsa(member("n"), member("e"));
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") {
    const point = member("x");
    if (point.length !== 32) throw invalidJwk("Invalid JWK data");
    return { type: "ed25519", point };
  }
  if (jwk.kty !== "EC") throw invalidJwk("Invalid JWK data");
  if (jwk.crv !== "P-256" && jwk.crv !== "P-384") refuse("other curves than P-256 and P-384");
  const [x, y] = [member("x"), member("y")];
  if (x.length !== sizes[jwk.crv] || y.length !== x.length) throw invalidJwk("Invalid JWK EC key");
  return ec(jwk.crv, Uint8Array.of(4, ...x, ...y));
}

function invalidJwk(message: string): Error {
  return Object.assign(new TypeError(message), { code: "ERR_CRYPTO_INVALID_JWK" });
}

const base64url = (bytes: Uint8Array): string => toBase64(bytes, "base64url");

export function toJwk(key: PublicKey): Record<string, string> {
  if (key.type === "rsa") return { kty: "RSA", n: base64url(key.n), e: base64url(key.e) };
  if (key.type === "ed25519") return { crv: "Ed25519", x: base64url(key.point), kty: "OKP" };
  const size = sizes[key.curve];
  return {
    kty: "EC",
    x: base64url(key.point.subarray(1, 1 + size)),
    y: base64url(key.point.subarray(1 + size)),
    crv: key.curve,
  };
}

export function toPkcs1(key: PublicKey): Uint8Array {
  if (key.type !== "rsa")
    throw withCode(
      "The selected key encoding pkcs1 can only be used for RSA keys.",
      "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS",
    );
  return write(tags.sequence, writeInteger(key.n), writeInteger(key.e));
}

export function toSpki(key: PublicKey): Uint8Array {
  const name = (of: keyof typeof identifiers): Uint8Array => write(tags.identifier, fromHex(identifiers[of]));
  const parameters = key.type === "rsa" ? [write(tags.empty)] : key.type === "ec" ? [name(key.curve)] : [];
  const bits = key.type === "rsa" ? toPkcs1(key) : key.point;
  const algorithm = write(tags.sequence, name(key.type), ...parameters);
  return write(tags.sequence, algorithm, write(tags.bits, Uint8Array.of(0), bits));
}

/** Lines of 64 characters. */
export function toPem(label: string, der: Uint8Array): string {
  const lines = toBase64(der, "base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** @throws Error `ERR_FEATURE_UNAVAILABLE` */
export function verify(
  native: Pick<Native, "verify">,
  key: PublicKey,
  { hash, isPss = false, dsaEncoding = "der" }: Scheme,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const scheme =
    key.type === "rsa"
      ? `${isPss ? "rsa-pss" : "rsa"} ${hash}`
      : key.type === "ec"
        ? `${key.curve} ${dsaEncoding} ${hash}`
        : "ed25519";
  const bytes = key.type === "rsa" ? toPkcs1(key) : key.point;
  return native.verify(scheme, bytes, message, signature) ?? refuse(`signatures of ${scheme}`);
}
