/** TLS on the native engine: versions, whom it trusts, and what it refuses. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type SecureVersion, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleFunction } from "../../bundle/index.ts";
import { engineTimeoutMs, runNative } from "../support/native-engine.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";

const why = whyNoProgram("openssl", "version");
let folder: string;
let bundle: string;

function openssl(...args: readonly string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
}

/** A certificate for `localhost` of this authority. */
function certify(name: string, ...more: readonly string[]): void {
  openssl(
    "req",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.csr`,
    "-subj",
    "/CN=localhost",
  );
  writeFileSync(join(folder, "extensions"), "subjectAltName=DNS:localhost\n");
  const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "extensions"];
  openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, ...authority, ...more);
}

beforeAll(async () => {
  if (why !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-tls-"));
  openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-subj",
    "/CN=authority",
    "-days",
    "2",
  );
  certify("good", "-days", "2");
  certify("old", "-days", "-1");
  const source = join(folder, "program.mjs");
  writeFileSync(
    source,
    `import "runtime-aws-lambda";
    const { url, times } = JSON.parse(process.env.ASKED);
    const ask = async () => {
      for (let count = 0; count < times; count++) {
        console.log(await fetch(url).then((each) => each.text(), (error) => error.cause.code));
      }
      console.log((await fetch(url).then((each) => each.arrayBuffer(), () => new ArrayBuffer(0))).byteLength);
    };
    void ask();`,
  );
  bundle = join(folder, "bundle.mjs");
  writeFileSync(bundle, (await bundleFunction({ source, format: "native" })).code);
}, engineTimeoutMs);
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** Answers every request with the version of TLS, padded. Says how many connections there were. */
async function serve(certificate: string, bodyBytes: number, maxVersion?: SecureVersion) {
  let connections = 0;
  const sockets = new Set<TLSSocket>();
  const options = {
    key: readFileSync(join(folder, `${certificate}.key`)),
    cert: readFileSync(join(folder, `${certificate}.pem`)),
  };
  const server = createServer({ ...options, ...(maxVersion === undefined ? {} : { maxVersion }) }, (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", () => {
      const body = (socket.getProtocol() ?? "").padEnd(bodyBytes);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const each of sockets) each.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function ask(url: string, times: number, environment: Readonly<Record<string, string>>): Promise<string[]> {
  const { stdout, stderr, exit } = await runNative(bundle, { ASKED: JSON.stringify({ url, times }), ...environment });
  expect([stderr, exit]).toEqual(["", 0]);
  return stdout
    .trim()
    .split("\n")
    .map((each) => each.trim());
}

test.for([
  ["NODE_EXTRA_CA_CERTS", undefined, "TLSv1.3"],
  ["SSL_CERT_FILE", undefined, "TLSv1.3"],
  ["NODE_EXTRA_CA_CERTS", "TLSv1.2", "TLSv1.2"],
] as const)("%s, a server of %s", { timeout: engineTimeoutMs }, async ([variable, maxVersion, spoken], { skip }) => {
  skipWithReason(skip, why);
  await using server = await serve("good", 7, maxVersion);
  const answers = await ask(`https://localhost:${server.port}/`, 2, { [variable]: join(folder, "ca.pem") });
  expect(answers).toEqual([spoken, spoken, "7"]);
  // Kept alive, and the handshake not repeated.
  expect(server.connections()).toBe(1);
});

test("a body of many records arrives whole", { timeout: engineTimeoutMs }, async ({ skip }) => {
  skipWithReason(skip, why);
  await using server = await serve("good", 3_000_000);
  const answers = await ask(`https://localhost:${server.port}/`, 0, { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") });
  expect(answers).toEqual(["3000000"]);
});

test.for([
  ["an unknown authority", "good", "localhost", false, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
  ["another name", "good", "127.0.0.1", true, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["a certificate of the past", "old", "localhost", true, "CERT_HAS_EXPIRED"],
] as const)("%s is refused", { timeout: engineTimeoutMs }, async ([, certificate, host, isTrusted, code], { skip }) => {
  skipWithReason(skip, why);
  await using server = await serve(certificate, 7);
  const environment = isTrusted ? { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") } : {};
  expect(await ask(`https://${host}:${server.port}/`, 1, environment)).toEqual([code, "0"]);
});
