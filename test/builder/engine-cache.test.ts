/** Engines against registries on loopback sockets, spoken to by the real npm. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "vitest";
import { ensureEngine } from "../../builder/engines/engine-cache.ts";
import { enginePackages } from "../../builder/engines/engine-packages.ts";
import { noDocker, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 60_000;
const args = ["examples/hello", "--platform", "al2-x86_64", "--site", "host"];

/** A registry that serves one file as the tarball of every package, with the integrity of that file. */
async function startRegistry(tarball: Buffer) {
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const server = createServer((request, response) => {
    if (request.url?.endsWith(".tgz") === true) return response.end(tarball);
    const name = decodeURIComponent(request.url?.slice(1) ?? "");
    const version = enginePackages.bun["linux-x86_64"]?.version ?? "";
    const dist = { tarball: `${url}/engine.tgz`, integrity };
    return response
      .writeHead(200, { "Content-Type": "application/json" })
      .end(
        JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: { name, version, dist } } }),
      );
  });
  await new Promise<void>((resolve) => {
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A cache of its own for npm too, so that nothing is found there. */
function withRegistry(folder: string, registry: string): Record<string, string> {
  return { ...noDocker, XDG_CACHE_HOME: folder, npm_config_registry: registry, npm_config_cache: join(folder, "npm") };
}

test(
  "a registry that is not reachable is ENGINE_UNAVAILABLE, with npm's own words",
  { timeout },
  async ({ folder }) => {
    const environment = withRegistry(folder, "http://127.0.0.1:1");
    const { exitCode, stderr } = await runCommand("build", args, { environment });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^error: Fetching the JavaScript engine @oven\/bun-linux-x64@1\.4\.2 failed: .* \(ENGINE_UNAVAILABLE\)\n/m,
    );
    expect(stderr).toMatch(/ \| .*ECONNREFUSED/);
    expect(stderr).toContain("hint: Engines come from the npm registry");
    expect(readdirSync(join(folder, "runtime-aws-lambda/engines-v1"))).toEqual([]);
  },
);

test("another file under the pinned version is ENGINE_DAMAGED", { timeout }, async ({ folder }) => {
  const content = join(folder, "package");
  mkdirSync(content);
  writeFileSync(join(content, "package.json"), '{"name":"@oven/bun-linux-x64","version":"1.4.2"}');
  execFileSync("tar", ["czf", join(folder, "engine.tgz"), "-C", folder, "package"]);
  await using registry = await startRegistry(readFileSync(join(folder, "engine.tgz")));
  const { exitCode, stderr } = await runCommand("build", args, { environment: withRegistry(folder, registry.url) });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^error: @oven\/bun-linux-x64@1\.4\.2 is not the pinned file: expected sha512-.* \(ENGINE_DAMAGED\)/m,
  );
  expect(readdirSync(join(folder, "runtime-aws-lambda/engines-v1"))).toEqual([]);
});

test("an engine in the cache needs no npm", async ({ folder }) => {
  const cached = join(folder, "engines-v1/oven-bun-linux-x64-1.4.2");
  mkdirSync(join(folder, "engines-v1"));
  writeFileSync(cached, "");
  await expect(ensureEngine("bun", "linux-x86_64", { cacheFolder: folder })).resolves.toBe(cached);
});

test("a machine without npm is told so", { timeout }, async ({ folder }) => {
  const environment = { ...noDocker, XDG_CACHE_HOME: folder, PATH: "" };
  const { exitCode, stderr } = await runCommand("build", [...args, "--out-dir", folder], { environment });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("failed: npm could not be started (ENGINE_UNAVAILABLE)");
  expect(stderr).toContain("hint: npm comes with Node.js; it has to be on the PATH");
});

test("an engine that npm does not have for a system is refused by name", async ({ folder }) => {
  await expect(ensureEngine("node", "darwin-arm64", { cacheFolder: folder })).rejects.toMatchObject({
    code: "ENGINE_NOT_SUPPORTED",
    message: "There is no node executable for darwin-arm64 on npm",
  });
});

test("a fetch that is called off leaves nothing", async ({ folder }) => {
  const controller = new AbortController();
  const fetching = ensureEngine("bun", "linux-x86_64", { cacheFolder: folder, signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(fetching).rejects.toThrow("enough");
  expect(readdirSync(join(folder, "engines-v1"))).toEqual([]);
});

test("a cache that cannot be written is named, with the way out", async ({ folder }) => {
  const cacheFolder = join(folder, "file");
  writeFileSync(cacheFolder, "");
  await expect(ensureEngine("bun", "linux-x86_64", { cacheFolder })).rejects.toMatchObject({
    code: "ENGINE_UNAVAILABLE",
    message: expect.stringContaining(`the cache folder cannot be written: ENOTDIR`) as string,
    hint: expect.stringContaining("XDG_CACHE_HOME") as string,
  });
});
