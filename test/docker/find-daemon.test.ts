/** Where a daemon is looked for, with real sockets and real files in place of Docker's. */
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import http, { type RequestListener } from "node:http";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findDaemon, gatewayAddress, type DockerError } from "../../docker/index.ts";
import { daemonCandidates, firstAnswering } from "../../docker/find-daemon.ts";
import { connectionFailure } from "../../docker/probe-daemon.ts";

let folder: string;
let closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "find-daemon-"));
});

afterEach(async () => {
  await Promise.all(closing.map((close) => close()));
  closing = [];
  await rm(folder, { recursive: true, force: true });
});

/** Listens on a socket of the test's folder, or on a loopback port for 0. */
async function listen(server: net.Server, place: string | 0): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket) => void sockets.add(socket));
  const at = place === 0 ? { host: "127.0.0.1", port: 0 } : { path: place };
  await new Promise<void>((listening) => server.listen(at, listening));
  closing.push(async () => {
    sockets.forEach((socket) => socket.destroy());
    await new Promise((closed) => server.close(closed));
  });
  return place === 0 ? (server.address() as AddressInfo).port : 0;
}

const daemon: RequestListener = (request, response) => {
  response.writeHead(request.url === "/_ping" ? 200 : 404, { "Api-Version": "1.41" }).end("OK");
};

async function failure(looking: Promise<unknown>): Promise<DockerError> {
  return looking.then(
    () => expect.unreachable("a daemon was found"),
    (error: DockerError) => error,
  );
}

function unix(name: string): string {
  return `unix://${join(folder, name)}`;
}

async function writeContext(name: string, content: string): Promise<void> {
  const meta = join(folder, ".docker/contexts/meta", createHash("sha256").update(name).digest("hex"));
  await mkdir(meta, { recursive: true });
  await writeFile(join(meta, "meta.json"), content);
}

test("finds a daemon on a socket and on a port", async () => {
  await listen(http.createServer(daemon), join(folder, "a.sock"));
  const port = await listen(http.createServer(daemon), 0);
  const local = await findDaemon({ dockerHost: unix("a.sock"), environment: {} });
  expect(local).toMatchObject({ address: unix("a.sock"), isLocal: true });
  const remote = await findDaemon({ environment: { DOCKER_HOST: `tcp://127.0.0.1:${port}` } });
  expect(remote).toMatchObject({ address: `tcp://127.0.0.1:${port}`, isLocal: false });
  await expect(gatewayAddress(remote)).rejects.toMatchObject({ code: "REMOTE_DAEMON" });
});

test("dockerode goes where the daemon was found, whatever the DOCKER_HOST of this process says", async () => {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request.url ?? "");
    daemon(request, response);
  });
  await listen(server, join(folder, "a.sock"));
  const before = process.env["DOCKER_HOST"];
  process.env["DOCKER_HOST"] = "tcp://127.0.0.1:1";
  try {
    const found = await findDaemon({ dockerHost: unix("a.sock"), environment: {} });
    expect(await found.inspectImage("some/image:1")).toBeUndefined();
  } finally {
    process.env["DOCKER_HOST"] = before;
    if (before === undefined) {
      delete process.env["DOCKER_HOST"];
    }
  }
  expect(seen).toEqual(["/_ping", "/images/some/image:1/json"]);
});

test("tells for each address why it does not serve", async () => {
  await listen(
    net.createServer(() => undefined),
    join(folder, "silent.sock"),
  );
  await listen(
    http.createServer((_request, response) => response.end("hello")),
    join(folder, "web.sock"),
  );
  await listen(
    net.createServer((socket) => socket.end("SSH-2.0-x\r\n")),
    join(folder, "other.sock"),
  );
  await writeFile(join(folder, "file"), "");
  const free = net.createServer();
  const port = await listen(free, 0);
  await closing.pop()?.();
  const names = ["missing.sock", "silent.sock", "web.sock", "other.sock", "file"];
  const addresses = [...names.map(unix), `tcp://127.0.0.1:${port}`, "carrier:pigeon"];
  const candidates = addresses.map((address) => ({ address, origin: "test" }));
  const error = await failure(firstAnswering(candidates, { timeoutMs: 300 }));
  expect(error).toMatchObject({ name: "DockerError", code: "DOCKER_UNREACHABLE", hint: expect.any(String) as string });
  const reasons = [
    "no such socket",
    "no answer in 300 ms",
    "not a Docker daemon: GET /_ping answered HTTP 200",
    "not a Docker daemon: the answer is not HTTP",
    "nothing listens there",
    "nothing listens there",
    expect.stringContaining("not an address") as string,
  ];
  expect(error.attempts).toEqual(
    addresses.map((address, index) => ({ address, origin: "test", reason: reasons[index] })),
  );
  for (const address of addresses) {
    expect(error.message).toContain(address);
  }
});

test("says what to do about a socket one may not use", async () => {
  await listen(http.createServer(daemon), join(folder, "a.sock"));
  await chmod(join(folder, "a.sock"), 0);
  // Root may use every socket: be somebody else while the connection is tried.
  const isRoot = process.geteuid?.() === 0;
  await chmod(folder, 0o755);
  if (isRoot) process.seteuid?.(65_534);
  try {
    const error = await failure(findDaemon({ dockerHost: unix("a.sock"), environment: {} }));
    expect(error.attempts?.[0]?.reason).toContain("group docker");
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test.each([
  ["ENOTFOUND", "unknown host"],
  ["EACCES", "group docker"],
  ["ECONNRESET", "DOCKER_TLS_VERIFY"],
  [undefined, "the connection failed: words of node"],
])("has a phrase for %s", (code, phrase) => {
  expect(connectionFailure(Object.assign(new Error("words of node"), { code }) as NodeJS.ErrnoException)).toContain(
    phrase,
  );
});

test("takes the first of several that answers", async () => {
  await listen(http.createServer(daemon), join(folder, "second.sock"));
  const candidates = ["first.sock", "second.sock", "third.sock"].map((name) => ({ address: unix(name), origin: name }));
  expect((await firstAnswering(candidates, { timeoutMs: 3000 })).address).toBe(unix("second.sock"));
});

async function tried(environment: Record<string, string>, dockerHost?: string): Promise<unknown> {
  const { attempts } = await failure(findDaemon({ dockerHost, environment }));
  return attempts?.map(({ address, origin }) => [origin, address]);
}

test("a named address is tried alone, the nearest naming first", async () => {
  await writeContext("mine", JSON.stringify({ Endpoints: { docker: { Host: unix("context.sock") } } }));
  await writeContext("other", JSON.stringify({ Endpoints: { docker: { Host: unix("other.sock") } } }));
  await writeFile(join(folder, ".docker/config.json"), JSON.stringify({ currentContext: "mine" }));
  const all = { HOME: folder, DOCKER_HOST: unix("host.sock"), DOCKER_CONTEXT: "other" };
  expect(await tried(all, unix("given.sock"))).toEqual([["given address", unix("given.sock")]]);
  expect(await tried(all)).toEqual([["DOCKER_HOST", unix("host.sock")]]);
  expect(await tried({ ...all, DOCKER_HOST: "" })).toEqual([['context "other"', unix("other.sock")]]);
  expect(await tried({ HOME: folder })).toEqual([['context "mine"', unix("context.sock")]]);
  expect(await tried({ HOME: "/nowhere", DOCKER_CONFIG: join(folder, ".docker") })).toEqual([
    ['context "mine"', unix("context.sock")],
  ]);
});

test.each([
  ["missing", undefined, /there is no such context/],
  ["empty", "{}", /names no Docker endpoint/],
  ["broken", "{", /names no Docker endpoint/],
])("a context that cannot be read is the reason: %s", async (name, content, reason) => {
  if (content !== undefined) {
    await writeContext(name, content);
  }
  const error = await failure(findDaemon({ environment: { HOME: folder, DOCKER_CONTEXT: name } }));
  expect(error.code).toBe("DOCKER_UNREACHABLE");
  expect(error.attempts).toHaveLength(1);
  expect(error.attempts?.[0]?.reason).toMatch(reason);
});

test("a context brings its certificates", async () => {
  await writeContext("tls", JSON.stringify({ Endpoints: { docker: { Host: "tcp://far:2376", SkipTLSVerify: true } } }));
  const tls = join(folder, ".docker/contexts/tls", createHash("sha256").update("tls").digest("hex"), "docker");
  await mkdir(tls, { recursive: true });
  await writeFile(join(tls, "ca.pem"), "the ca");
  const candidates = await daemonCandidates({ environment: { HOME: folder, DOCKER_CONTEXT: "tls" } });
  const expected = { ca: Buffer.from("the ca"), rejectUnauthorized: false };
  expect(candidates).toEqual([{ address: "tcp://far:2376", origin: 'context "tls"', tls: expected }]);
});

test("DOCKER_TLS_VERIFY takes the certificates of DOCKER_CERT_PATH", async () => {
  await writeFile(join(folder, "key.pem"), "the key");
  const environment = { DOCKER_HOST: "tcp://far:1", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: folder };
  expect(await daemonCandidates({ environment })).toEqual([
    { address: "tcp://far:1", origin: "DOCKER_HOST", tls: { key: Buffer.from("the key") } },
  ]);
  expect(await daemonCandidates({ environment: { ...environment, DOCKER_TLS_VERIFY: "" } })).toEqual([
    { address: "tcp://far:1", origin: "DOCKER_HOST" },
  ]);
});

test.skipIf(process.platform === "win32")("without a name the known sockets are tried in order", async () => {
  await mkdir(join(folder, ".docker"));
  for (const config of [undefined, "{}", "not json", '{"currentContext":"default"}']) {
    if (config !== undefined) {
      await writeFile(join(folder, ".docker/config.json"), config);
    }
    const candidates = await daemonCandidates({ environment: { HOME: folder, XDG_RUNTIME_DIR: "/run/user/7" } });
    expect(candidates.map(({ address }) => address)).toEqual([
      "unix:///var/run/docker.sock",
      "unix:///run/user/7/docker.sock",
      unix(".docker/run/docker.sock"),
      unix(".docker/desktop/docker.sock"),
      unix(".colima/default/docker.sock"),
      unix(".orbstack/run/docker.sock"),
      unix(".rd/docker.sock"),
      "unix:///run/user/7/podman/podman.sock",
      "unix:///run/podman/podman.sock",
    ]);
  }
});

test("an abort ends the search with its reason", async () => {
  await listen(
    net.createServer(() => controller.abort(reason)),
    join(folder, "silent.sock"),
  );
  const controller = new AbortController();
  const reason = new Error("Ctrl-C");
  const looking = findDaemon({ dockerHost: unix("silent.sock"), environment: {}, signal: controller.signal });
  await expect(looking).rejects.toBe(reason);
});

test("an ssh address where nothing listens, or nobody answers, is told like any other", async () => {
  const refused = await listen(net.createServer(), 0);
  await closing.pop()?.();
  const silent = await listen(
    net.createServer(() => undefined),
    0,
  );
  const candidates = [refused, silent].map((port) => ({ address: `ssh://nobody@127.0.0.1:${port}`, origin: "test" }));
  const error = await failure(firstAnswering(candidates, { timeoutMs: 500 }));
  expect(error.attempts?.map(({ reason }) => reason)).toEqual(["nothing listens there", "no answer in 500 ms"]);
});
