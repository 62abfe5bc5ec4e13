/** Signatures that Node.js makes are verified on the native engine as Node.js verifies them; what it cannot is refused by name. */
import { execFileSync } from "node:child_process";
import { constants, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { engineTimeoutMs, runProgram } from "../support/native-engine.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { runOnBothEngines } from "../support/run-on-both-engines.ts";
import { test } from "../support/temporary-folder.ts";

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const message = Buffer.from("the message");
const rsa = (modulusLength: number): KeyPair => generateKeyPairSync("rsa", { modulusLength });
const ec = (namedCurve: string): KeyPair => generateKeyPairSync("ec", { namedCurve });

function describeKey({ publicKey }: KeyPair) {
  return {
    pem: publicKey.export({ format: "pem", type: "spki" }),
    der: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    jwk: publicKey.export({ format: "jwk" }),
    ...(publicKey.asymmetricKeyType === "rsa" && { pkcs1: publicKey.export({ format: "pem", type: "pkcs1" }) }),
  };
}

/** A certificate of that key, signed by itself. */
function certify({ privateKey }: KeyPair, folder: string): string {
  const keyFile = join(folder, "key.pem");
  writeFileSync(keyFile, privateKey.export({ format: "pem", type: "pkcs8" }));
  const file = join(folder, "certificate.pem");
  const args = ["req", "-x509", "-key", keyFile, "-out", file, "-days", "2", "-subj", "/CN=test"];
  execFileSync("openssl", args, { stdio: "pipe" });
  return readFileSync(file, "utf8");
}

test("signatures.mjs, line by line", { timeout: engineTimeoutMs }, async ({ folder, skip }) => {
  skipWithReason(skip, whyNoProgram("openssl", "version"));
  const pairs: Readonly<Record<string, KeyPair>> = {
    rsa: rsa(2048),
    other: rsa(2048),
    large: rsa(3072),
    p256: ec("prime256v1"),
    second: ec("prime256v1"),
    p384: ec("secp384r1"),
    ed25519: generateKeyPairSync("ed25519"),
  };
  const keys = Object.fromEntries(
    Object.entries(pairs).map(([name, pair]) => {
      const certificate = name === "rsa" || name === "p384" ? certify(pair, folder) : undefined;
      return [name, { ...describeKey(pair), certificate }];
    }),
  );
  const signatures = [
    ...["rsa", "large"].flatMap((key) =>
      ["sha256", "sha384", "sha512"].flatMap(
        (hash) =>
          [
            { key, hash },
            { key, hash, isPss: true },
          ] as const,
      ),
    ),
    ...["p256", "p384"].flatMap((key) =>
      ["sha256", "sha384"].map((hash) => ({ key, hash, dsaEncoding: "der" as const })),
    ),
    { key: "p256", hash: "sha256", dsaEncoding: "ieee-p1363" as const },
    { key: "p384", hash: "sha384", dsaEncoding: "ieee-p1363" as const },
    { key: "ed25519", hash: null },
  ].map((each: { key: string; hash: string | null; isPss?: true; dsaEncoding?: "der" | "ieee-p1363" }) => {
    const { key: name, hash, isPss, dsaEncoding } = each;
    const key = pairs[name]?.privateKey as KeyObject;
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    const made = sign(hash, message, { key, ...(isPss && pss), ...(dsaEncoding && { dsaEncoding }) });
    return { ...each, signature: made.toString("base64") };
  });
  const cases = join(folder, "cases.json");
  writeFileSync(cases, JSON.stringify({ keys, signatures }));
  const { node, native } = await runOnBothEngines("signatures.mjs", folder, { CASES: cases });
  expect(native.stderr).toBe("");
  expect(native.stdout.split("\n")).toEqual(node.split("\n"));
  // Not everything is refused, and not everything is accepted.
  expect(node).toContain("p256 sha256 ieee-p1363 verify true");
  expect(node).toContain("rsa sha256 changed 9 false");
  expect(native.exit).toBe(0);
});

test("what cannot be verified is refused by name", { timeout: engineTimeoutMs }, async ({ folder }) => {
  const pem = ({ publicKey }: KeyPair): string => publicKey.export({ format: "pem", type: "spki" }) as string;
  const small = rsa(1024);
  const values = {
    small: pem(small),
    p521: pem(ec("secp521r1")),
    secp256k1: pem(ec("secp256k1")),
    x25519: pem(generateKeyPairSync("x25519")),
    pss: pem(generateKeyPairSync("rsa-pss", { modulusLength: 2048 })),
    private: small.privateKey.export({ format: "pem", type: "pkcs8" }),
    rsa: pem(rsa(2048)),
    p256: pem(ec("prime256v1")),
  };
  const program = `import { constants, createHmac, createPrivateKey, createPublicKey, createSecretKey, createVerify, verify } from "node:crypto";
    const values = ${JSON.stringify(values)};
    const data = Buffer.from("data");
    const attempt = (run) => { try { console.log(run()); } catch (error) { console.log(error.code, error.message); } };
    for (const name of ["small", "p521", "secp256k1", "x25519", "pss"]) {
      const key = createPublicKey(values[name]);
      console.log(key.type, key.asymmetricKeyType, key.export({ format: "pem", type: "spki" }) === values[name]);
      attempt(() => verify("sha256", data, key, data));
      // A token's verifier would take it for the secret of an HMAC that way.
      attempt(() => createSecretKey(Buffer.from(values[name])));
      attempt(() => createHmac("sha256", values[name]));
    }
    attempt(() => createSecretKey("\\n-----BEGIN CERTIFICATE-----\\nAAAA"));
    attempt(() => createPublicKey(values.private));
    attempt(() => createPrivateKey(values.private));
    attempt(() => createVerify("RSA-SHA1"));
    attempt(() => verify("sha512", data, values.p256, data));
    for (const padding of [0, 3, 4, 5, 7, "6", "1", null, NaN]) attempt(() => verify("sha256", data, { key: values.rsa, padding }, data));
    const pss = { key: values.rsa, padding: constants.RSA_PKCS1_PSS_PADDING };
    for (const saltLength of [undefined, constants.RSA_PSS_SALTLEN_AUTO, -3, 20]) attempt(() => verify("sha256", data, { ...pss, saltLength }, data));`;
  const { stdout, stderr } = await runProgram(folder, program, {});
  expect(stderr).toBe("");
  const lines = stdout.trimEnd().split("\n");
  const noSecret = "takes no public key for a secret";
  const ofKey = (type: string, refusal: string): readonly string[] => [
    `public ${type} true`,
    refusal,
    noSecret,
    noSecret,
  ];
  const saltRefusal = "verifies PSS with a salt of 32 bytes, as long as the digest, and this has no such signature";
  expect(lines.map((line) => line.replace("ERR_FEATURE_UNAVAILABLE The native engine ", ""))).toEqual([
    ...ofKey("rsa", "has no signatures of RSA keys of 1024 bits: 2048 are the fewest"),
    ...ofKey("ec", "has no signatures of secp521r1"),
    ...ofKey("ec", "has no signatures of secp256k1"),
    ...ofKey("x25519", "has no signatures of x25519"),
    ...ofKey("rsa-pss", "has no signatures of rsa-pss"),
    noSecret,
    "has no private keys",
    "has no private keys",
    "verifies no signatures of RSA-SHA1",
    "has no signatures of P-256 der sha512",
    ...[0, 3, 4, 5, 7, "6", "1", null, Number.NaN].map((each) => `verifies no signatures with the padding ${each}`),
    ...[1, 2, 3, 4].map(() => saltRefusal),
  ]);
});
