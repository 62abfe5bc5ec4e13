/**
 * Public keys, and signatures by them. Source: RFC 5280, 5480 and 8410 (SubjectPublicKeyInfo), RFC 8017 (RSAPublicKey), RFC 7468
 * (PEM), RFC 7518 (JWK), X.690 (DER).
 *
 * Imports nothing that other modules do: `crypto.subtle` reads this file when it is first used, and what both need would be another
 * module of the bundle.
 */
import { DerReader, refuseData, tags, withoutZeros, writeDer, writeInteger } from "./der.ts";
import type { Native } from "./native.ts";

export type Curve = "P-256" | "P-384";
export type HashName = "sha256" | "sha384" | "sha512";

export const digestBytes: Readonly<Record<HashName, number>> = { sha256: 32, sha384: 48, sha512: 64 };

/**
 * Numbers without zeros in front; points as they are written in keys. Those of other kinds are known for what they are, and nothing
 * is verified by them: a key that passed for none could become something else.
 */
export type PublicKey =
  | { readonly type: "rsa"; readonly n: Uint8Array; readonly e: Uint8Array }
  | { readonly type: "ec"; readonly curve: Curve; readonly point: Uint8Array }
  | { readonly type: "ed25519"; readonly point: Uint8Array }
  | {
      readonly type: "other";
      readonly name: string;
      readonly namedCurve?: string | undefined;
      readonly spki: Uint8Array;
    };

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
  readonly alg?: unknown;
  readonly use?: unknown;
  readonly key_ops?: unknown;
  readonly ext?: unknown;
}

export interface Scheme {
  /** Not of Ed25519, which has its own. */
  readonly hash?: HashName;
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
/** Kinds and curves that Node.js has besides. */
const otherKinds: Readonly<Record<string, string>> = {
  "2a864886f70d01010a": "rsa-pss",
  "2a864886f70d010301": "dh",
  "2a8648ce380401": "dsa",
  "2b656e": "x25519",
  "2b656f": "x448",
  "2b6571": "ed448",
};
const otherCurves: Readonly<Record<string, string>> = { "2b81040023": "secp521r1", "2b8104000a": "secp256k1" };
const sizes: Readonly<Record<Curve, number>> = { "P-256": 32, "P-384": 48 };
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

function rsa(n: Uint8Array, e: Uint8Array): PublicKey {
  return { type: "rsa", n: withoutZeros(n), e: withoutZeros(e) };
}

export function modulusBits(n: Uint8Array): number {
  return n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
}

export function fromPkcs1(der: Uint8Array): PublicKey {
  const numbers = new DerReader(new DerReader(der).read(tags.sequence));
  return rsa(numbers.read(tags.integer), numbers.read(tags.integer));
}

/** @throws Error `ERR_OSSL_UNSUPPORTED` */
export function fromSpki(der: Uint8Array): PublicKey {
  const whole = new DerReader(new DerReader(der).read(tags.sequence));
  const algorithm = new DerReader(whole.read(tags.sequence));
  const name = toHex(algorithm.read(tags.identifier));
  const [unusedBits, ...content] = whole.read(tags.bits);
  if (unusedBits !== 0) refuseData();
  const bits = Uint8Array.from(content);
  if (name === identifiers.rsa) return fromPkcs1(bits);
  if (name === identifiers.ed25519) return bits.length === 32 ? { type: "ed25519", point: bits } : refuseData();
  if (name !== identifiers.ec) {
    return { type: "other", name: otherKinds[name] ?? refuseData(), spki: Uint8Array.from(der) };
  }
  const curveName = toHex(algorithm.read(tags.identifier));
  const curve = (["P-256", "P-384"] as const).find((each) => identifiers[each] === curveName);
  if (curve !== undefined && bits[0] === 4) return ec(curve, bits) ?? refuseData();
  const namedCurve = curve === undefined ? otherCurves[curveName] : curveNames[curve];
  return { type: "other", name: "ec", namedCurve, spki: Uint8Array.from(der) };
}

/** Curves as OpenSSL names them. */
export const curveNames: Readonly<Record<Curve, string>> = { "P-256": "prime256v1", "P-384": "secp384r1" };

export function ec(curve: Curve, point: Uint8Array): PublicKey | undefined {
  return point.length === 1 + 2 * sizes[curve] && point[0] === 4 ? { type: "ec", curve, point } : undefined;
}

/** Source: RFC 5280, 4.1. */
function fromCertificate(der: Uint8Array): PublicKey {
  const certificate = new DerReader(new DerReader(der).read(tags.sequence));
  const fields = new DerReader(certificate.read(tags.sequence));
  if (fields.next === tags.version) fields.read(tags.version);
  fields.read(tags.integer);
  // Signature, issuer, validity and subject stand in front of it.
  for (let count = 0; count < 4; count++) fields.read(tags.sequence);
  return fromSpki(writeDer(tags.sequence, fields.read(tags.sequence)));
}

/** As OpenSSL looks for them in a text that has several. */
const pemReaders: readonly (readonly [labels: RegExp, read: (der: Uint8Array) => PublicKey])[] = [
  [/^PUBLIC KEY$/, fromSpki],
  [/^RSA PUBLIC KEY$/, fromPkcs1],
  [/^(?:X509 )?CERTIFICATE$/, fromCertificate],
];

/** @throws Error `ERR_OSSL_UNSUPPORTED`, `ERR_FEATURE_UNAVAILABLE` */
export function fromPem(text: string): PublicKey {
  const blocks = [...text.matchAll(/-----BEGIN ([^\n-]+)-----([^-]*)-----END \1-----/g)];
  for (const [labels, readDer] of pemReaders) {
    const block = blocks.find(([, label = ""]) => labels.test(label));
    if (block !== undefined) return readDer(decodePem(block[2] ?? ""));
  }
  if (blocks.some(([, label]) => label?.endsWith("PRIVATE KEY"))) refuse("private keys");
  return refuseData();
}

function decodePem(base64: string): Uint8Array {
  try {
    return fromBase64(base64, "base64");
  } catch {
    return refuseData();
  }
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

/** Text that is none has no bytes. */
export function fromBase64url(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return fromBase64(text.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"), "base64url");
  } catch {
    return undefined;
  }
}

/** @throws TypeError `ERR_CRYPTO_INVALID_JWK`; Error `ERR_FEATURE_UNAVAILABLE` */
export function fromJwk(jwk: Jwk): PublicKey {
  const member = (name: "n" | "e" | "x" | "y"): Uint8Array =>
    fromBase64url(jwk[name]) ?? invalidJwk(`Invalid JWK ${String(jwk.kty)} key`);
  if (jwk.kty === "RSA") return rsa(member("n"), member("e"));
  if (jwk.kty === "OKP") {
    if (jwk.crv !== "Ed25519") refuse(`keys of ${String(jwk.crv)} as JWK`);
    const point = member("x");
    return point.length === 32 ? { type: "ed25519", point } : invalidJwk("Invalid JWK data");
  }
  if (jwk.kty !== "EC") invalidJwk("Invalid JWK data");
  if (jwk.crv !== "P-256" && jwk.crv !== "P-384") refuse(`keys of ${String(jwk.crv)} as JWK`);
  const [x, y] = [member("x"), member("y")];
  if (x.length !== sizes[jwk.crv]) invalidJwk("Invalid JWK EC key");
  return ec(jwk.crv, Uint8Array.of(4, ...x, ...y)) ?? invalidJwk("Invalid JWK EC key");
}

function invalidJwk(message: string): never {
  throw Object.assign(new TypeError(message), { code: "ERR_CRYPTO_INVALID_JWK" });
}

export const toBase64url = (bytes: Uint8Array): string => toBase64(bytes, "base64url");

export function toJwk(key: PublicKey): Record<string, string> {
  if (key.type === "rsa") return { kty: "RSA", n: toBase64url(key.n), e: toBase64url(key.e) };
  if (key.type === "other") return refuse(`keys of ${key.namedCurve ?? key.name} as JWK`);
  if (key.type === "ed25519") return { crv: "Ed25519", x: toBase64url(key.point), kty: "OKP" };
  const size = sizes[key.curve];
  return {
    kty: "EC",
    x: toBase64url(key.point.subarray(1, 1 + size)),
    y: toBase64url(key.point.subarray(1 + size)),
    crv: key.curve,
  };
}

export function toPkcs1(key: PublicKey): Uint8Array {
  if (key.type !== "rsa")
    throw withCode(
      "The selected key encoding pkcs1 can only be used for RSA keys.",
      "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS",
    );
  return writeDer(tags.sequence, writeInteger(key.n), writeInteger(key.e));
}

function identifierOf(what: keyof typeof identifiers): Uint8Array {
  return writeDer(tags.identifier, fromHex(identifiers[what]));
}

export function toSpki(key: PublicKey): Uint8Array {
  if (key.type === "other") return key.spki;
  const parameters = key.type === "rsa" ? [writeDer(tags.empty)] : key.type === "ec" ? [identifierOf(key.curve)] : [];
  const bits = key.type === "rsa" ? toPkcs1(key) : key.point;
  const algorithm = writeDer(tags.sequence, identifierOf(key.type), ...parameters);
  return writeDer(tags.sequence, algorithm, writeDer(tags.bits, Uint8Array.of(0), bits));
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
  scheme: Scheme,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const name = schemeName(key, scheme);
  const bytes = key.type === "rsa" ? toPkcs1(key) : key.type === "other" ? key.spki : key.point;
  return native.verify(name, bytes, message, signature) ?? refuse(`signatures of ${name}`);
}

function schemeName(key: PublicKey, { hash, isPss = false, dsaEncoding = "der" }: Scheme): string {
  if (key.type === "other") return key.namedCurve ?? key.name;
  if (key.type === "ed25519") return key.type;
  if (key.type === "ec") return `${key.curve} ${dsaEncoding} ${hash}`;
  const bits = modulusBits(key.n);
  if (bits < minModulusBits) refuse(`signatures of RSA keys of ${bits} bits: ${minModulusBits} are the fewest`);
  return `${isPss ? "rsa-pss" : "rsa"} ${hash}`;
}
