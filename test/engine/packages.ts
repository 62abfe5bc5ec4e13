/** Packages that handlers use, and what of each is tried on the native engine. Run by itself it writes the table of docs/engines.md. */
import { execFile } from "node:child_process";
import { createHmac, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleFunction } from "../../bundle/index.ts";
import { checkCompatibility } from "../../builder/engines/check-compatibility.ts";
import { compileNative, runBootstrap } from "../support/native-engine.ts";

const docs = fileURLToPath(new URL("../../docs/engines.md", import.meta.url));
const begin = "<!-- packages: node test/engine/packages.ts -->";
const end = "<!-- end of packages -->";
/** Packages are found from there. */
const peers = fileURLToPath(new URL("../peers/engine-packages/", import.meta.url));

/** A package and a few lines that print what they have made, the same every time. */
interface Trial {
  readonly name: string;
  readonly code: string;
}

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** As identity providers make it. */
function signToken(claims: object): string {
  const encoded = [{ alg: "RS256", kid: "first" }, claims].map((each) =>
    Buffer.from(JSON.stringify(each)).toString("base64url"),
  );
  return [...encoded, sign("sha256", Buffer.from(encoded.join(".")), privateKey).toString("base64url")].join(".");
}

const claims = { sub: "ada", iss: "https://issuer.example", aud: "orders", iat: 1, exp: 32_503_680_000 };
const token = JSON.stringify(signToken(claims));
const jwks = JSON.stringify({
  keys: [{ ...publicKey.export({ format: "jwk" }), alg: "RS256", kid: "first", use: "sig" }],
});
const pemOf = (pair: { readonly publicKey: KeyObject }): string =>
  pair.publicKey.export({ format: "pem", type: "spki" }) as string;
const publicPem = JSON.stringify(pemOf({ publicKey }));

/** By somebody who knows what is public, and that a secret may be missing. */
function forgeToken(secret: string): string {
  const parts = [{ alg: "HS256" }, { sub: "mallory" }].map((each) =>
    Buffer.from(JSON.stringify(each)).toString("base64url"),
  );
  return [...parts, createHmac("sha256", secret).update(parts.join(".")).digest("base64url")].join(".");
}

const otherPems = [
  pemOf(generateKeyPairSync("ec", { namedCurve: "secp521r1" })),
  pemOf(generateKeyPairSync("rsa", { modulusLength: 1024 })),
  pemOf(generateKeyPairSync("rsa-pss", { modulusLength: 2048 })),
  pemOf(generateKeyPairSync("ed448")),
];
/** Pairs of a token, or null for one whose signature was changed, and of a key. */
const forgeries = JSON.stringify([
  [null, pemOf({ publicKey })],
  ...otherPems.map((pem) => [forgeToken(pem), pem]),
  ...otherPems.map((pem) => [forgeToken(""), { key: pem }]),
  [forgeToken(pemOf({ publicKey })), pemOf({ publicKey })],
  [forgeToken(""), 12_345],
  [forgeToken(""), {}],
  [forgeToken(""), { kty: "RSA", n: "abc", e: "AQAB" }],
]);
const forged = JSON.stringify(forgeToken(""));

/** In the order of the table. */
export const trials: readonly Trial[] = [
  {
    name: "zod",
    code: `import { z } from "zod";
    const Order = z.object({ id: z.uuid(), count: z.number().int().positive(), when: z.iso.datetime().optional() });
    console.log(JSON.stringify(Order.safeParse({ id: "no", count: -1 }).error.issues.map((each) => each.message)));
    console.log(Order.parse({ id: "9b2f8a36-5b53-4d36-9e0f-0d6a6f4a8c11", count: 2 }).count);`,
  },
  {
    name: "ajv",
    code: `import Ajv from "ajv";
    const validate = new Ajv.Ajv().compile({ type: "object", properties: { a: { type: "integer" } }, required: ["a"] });
    console.log(validate({ a: 1 }), validate({ a: "x" }), validate.errors[0].message);`,
  },
  {
    name: "uuid",
    code: `import { v4, v5, validate, version } from "uuid";
    console.log(validate(v4()), version(v4()), v5("hello", v5.URL));`,
  },
  {
    name: "ulid",
    code: `import { decodeTime, ulid } from "ulid"; console.log(ulid(1e12).slice(0, 10), decodeTime(ulid(1e12)));`,
  },
  {
    name: "nanoid",
    code: `import { nanoid } from "nanoid"; console.log(nanoid().length, /^[\\w-]+$/.test(nanoid()));`,
  },
  {
    name: "jsonwebtoken",
    code: `import jwt from "jsonwebtoken";
    const token = jwt.sign({ sub: "ada", iat: 1 }, "secret"); console.log(token, jwt.verify(token, "secret").sub);
    console.log(jwt.verify(${token}, ${publicPem}, { algorithms: ["RS256"], audience: "orders" }).sub);
    for (const [claimed, key] of ${forgeries}) {
      try { console.log(jwt.verify(claimed ?? ${token}.slice(0, -8) + "AAAAAAAA", key).sub); } catch (error) { console.log(error.message); }
    }`,
  },
  {
    name: "jose",
    code: `import { createLocalJWKSet, jwtVerify, SignJWT } from "jose";
    const secret = new TextEncoder().encode("0123456789abcdef0123456789abcdef");
    const token = await new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "HS256" }).sign(secret);
    console.log(token, (await jwtVerify(token, secret)).payload.sub);
    console.log((await jwtVerify(${token}, createLocalJWKSet(${jwks}), { audience: "orders" })).protectedHeader.kid);
    await jwtVerify(${token}.slice(0, -8) + "AAAAAAAA", createLocalJWKSet(${jwks})).catch((error) => console.log(error.code));
    await jwtVerify(${forged}, new Uint8Array()).then(({ payload }) => console.log(payload.sub), (error) => console.log(error.name));
    await jwtVerify(${forged}, { kty: "oct", k: "" }).then(({ payload }) => console.log(payload.sub), (error) => console.log(error.name));`,
  },
  {
    name: "aws-jwt-verify",
    code: `import { JwtVerifier } from "aws-jwt-verify";
    const verifier = JwtVerifier.create({ issuer: "https://issuer.example", audience: "orders", jwksUri: "https://issuer.example/keys" });
    verifier.cacheJwks(${jwks}); console.log((await verifier.verify(${token})).sub);
    await verifier.verify(${token}.slice(0, -8) + "AAAAAAAA").catch((error) => console.log(error.message));`,
  },
  {
    name: "date-fns",
    code: `import { addDays, differenceInHours, format } from "date-fns";
    const day = new Date(Date.UTC(2026, 0, 31, 12)); console.log(addDays(day, 1).toISOString(), differenceInHours(addDays(day, 2), day), format(day, "yyyy-MM-dd'T'HH:mm"));`,
  },
  {
    name: "dayjs",
    code: `import dayjs from "dayjs"; console.log(dayjs("2026-01-31").add(1, "month").format("YYYY-MM-DD dddd"));`,
  },
  {
    name: "luxon",
    code: `import { DateTime } from "luxon"; console.log(DateTime.fromISO("2026-01-31T12:00:00Z", { zone: "utc" }).plus({ months: 1 }).toISO());`,
  },
  {
    name: "lodash",
    code: `import _ from "lodash"; console.log(JSON.stringify(_.groupBy([1.2, 1.8, 2.1], Math.floor)), _.camelCase("a b"), _.get({ a: [{ b: 1 }] }, "a[0].b"), _.isEqual(new Map([[1, 2]]), new Map([[1, 2]])));`,
  },
  { name: "ms", code: `import ms from "ms"; console.log(ms("2 days"), ms(60000));` },
  {
    name: "pino",
    code: `import pino from "pino";
    const log = pino({ base: undefined, timestamp: false, redact: ["user.secret"], level: "debug" });
    log.info({ a: 1 }, "hello %s", "ada"); log.child({ id: 7 }).debug({ user: { secret: "x" } }); log.trace("not this");
    log.error(Object.assign(new Error("no"), { stack: "Error: no" }));`,
  },
  {
    name: "@middy/core",
    code: `import middy from "@middy/core";
    const handler = middy().use({ before: ({ event }) => { event.seen = true; } }).handler(async (event) => event);
    console.log(JSON.stringify(await handler({ a: 1 }, { getRemainingTimeInMillis: () => 1000 })));`,
  },
  {
    name: "@aws-lambda-powertools/logger",
    code: `import { Logger } from "@aws-lambda-powertools/logger";
    new Logger({ serviceName: "orders", correlationIdSearchFn: undefined, logRecordOrder: ["level", "message"] }).createChild({ logFormatter: undefined }).info("hello");`,
  },
  {
    name: "@aws-lambda-powertools/metrics",
    code: `import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
    const metrics = new Metrics({ namespace: "shop", serviceName: "orders" }); metrics.setTimestamp(1000); metrics.addMetric("sold", MetricUnit.Count, 1);
    const { _aws, ...others } = metrics.serializeMetrics(); console.log(JSON.stringify(_aws.CloudWatchMetrics), JSON.stringify(others));`,
  },
  {
    name: "@aws-lambda-powertools/tracer",
    code: `import { Tracer } from "@aws-lambda-powertools/tracer"; console.log(new Tracer({ enabled: false, serviceName: "orders" }).isTracingEnabled());`,
  },
  {
    name: "hono",
    code: `import { Hono } from "hono"; import { handle } from "hono/aws-lambda"; import { sign, verify } from "hono/jwt";
    console.log((await verify(await sign({ sub: "ada" }, "secret", "HS256"), "secret", "HS256")).sub);
    console.log((await verify(${token}, ${publicPem}, "RS256")).sub);
    const app = new Hono(); app.get("/hello/:name", (context) => context.json({ hello: context.req.param("name") }));
    const event = { version: "2.0", rawPath: "/hello/ada", rawQueryString: "", headers: { host: "x" }, requestContext: { http: { method: "GET", path: "/hello/ada" } }, isBase64Encoded: false };
    console.log((await handle(app)(event, {})).body);`,
  },
  {
    name: "axios",
    code: `import axios from "axios"; console.log(axios.getUri({ url: "/a", params: { b: 1 } }), await axios.get("http://127.0.0.1:9").catch((error) => error.code));`,
  },
];

/** What a trial came to on the native engine, beside Node.js. */
export type Outcome = "runs" | `refused: ${string}` | `differs: ${string}`;

/** Bundles it as the builder does, checks it, runs it on both. */
export async function tryPackage({ code }: Trial): Promise<Outcome> {
  const folder = mkdtempSync(join(peers, ".trial-"));
  try {
    const source = join(folder, "trial.mjs");
    const imports = code.match(/import [^;]*? from "[^"]*";/g) ?? [];
    const body = code.replaceAll(/import [^;]*? from "[^"]*";/g, "");
    writeFileSync(source, `${imports.join("\n")}\nconst main = async () => {\n${body}\n};\nvoid main();\n`);
    const program = join(folder, "program.mjs");
    writeFileSync(program, `import "runtime-aws-lambda";\nimport "./trial.mjs";\n`);
    let bundle;
    try {
      bundle = await bundleFunction({ source: program, format: "native", splits: true });
      checkCompatibility(bundle, () => {});
    } catch (error) {
      const [line = "", second = ""] = (error as Error).message.split("\n");
      return `refused: ${(line.startsWith("Bundling") ? second : line).replace(/^.*?: (?=The native)/, "").replace(/ \(.*\)$/, "")}`;
    }
    const path = await compileNative(bundle, folder);
    const environment = { PATH: "/usr/bin:/bin", TZ: "UTC" };
    const node = await promisify(execFile)(process.execPath, [source], { env: environment });
    const native = await runBootstrap([path], environment);
    const timeless = (text: string): string => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "now");
    if (native.exit === 0 && timeless(native.stdout) === timeless(node.stdout)) return "runs";
    const [why = ""] = (native.stderr || native.stdout || `exit ${native.exit}`).split("\n");
    return `differs: ${why.slice(0, 120)}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether they are installed. */
export const packagesAreInstalled = (): boolean => existsSync(join(peers, "node_modules/zod"));

/** The document with this table. */
export function withPackages(document: string, outcomes: readonly (readonly [string, Outcome])[]): string {
  const { dependencies } = JSON.parse(readFileSync(join(peers, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const rows = outcomes.map(
    ([name, outcome]) => `| ${name} ${dependencies[name] ?? ""} | ${outcome.replaceAll("|", "\\|")} |`,
  );
  const [before, rest = ""] = document.split(begin);
  const table = ["| package | on the native engine |", "| --- | --- |", ...rows].join("\n");
  return `${before}${begin}\n\n${table}\n\n${end}${rest.split(end)[1] ?? ""}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outcomes: [string, Outcome][] = [];
  for (const trial of trials) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time is quick enough
    outcomes.push([trial.name, await tryPackage(trial)]);
    console.log(outcomes.at(-1)?.join(": "));
  }
  writeFileSync(docs, withPackages(readFileSync(docs, "utf8"), outcomes));
}
