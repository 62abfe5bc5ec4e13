/** Disks without room: one clear line, and nothing left. Each is a file system in memory that is mounted for the test. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { skipWithReason } from "../support/requirement.ts";
import { noDocker, runCommand } from "../support/run-command.ts";
import { test as base } from "../support/temporary-folder.ts";

const timeout = 120_000;
/** Less than an engine, and than its archive. */
const sizeBytes = 20e6;

const test = base.extend<{ small: string }>({
  small: async ({ folder, skip }, use) => {
    const small = join(folder, "small");
    mkdirSync(small);
    const options = ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "runtime-aws-lambda-test", small];
    const mounted = spawnSync("mount", options, { encoding: "utf8" });
    skipWithReason(skip, mounted.status === 0 ? undefined : `no file system can be mounted: ${mounted.stderr}`);
    await use(small);
    spawnSync("umount", ["--lazy", small]);
  },
});

const build = (out: string, environment: Readonly<Record<string, string>> = {}) =>
  runCommand("build", ["examples/hello", "--platform", "al2-x86_64", "--site", "host", "--out-dir", out], {
    environment: { ...noDocker, ...environment },
  });

test("where the archive goes: the previous one stays", { timeout }, async ({ small }) => {
  writeFileSync(join(small, "function.zip"), "previous");
  const { exitCode, stdout, stderr } = await build(small);
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^error: Writing .*function\.zip.*: ENOSPC: no space left on device, write \(ENOSPC\)$/m);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(readdirSync(small)).toEqual(["function.zip"]);
  expect(readFileSync(join(small, "function.zip"), "utf8")).toBe("previous");
});

test("where the work is done", { timeout }, async ({ folder, small }) => {
  const out = join(folder, "out");
  const { exitCode, stdout, stderr } = await build(out, { TMPDIR: small });
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^error: .*(ENOSPC|No space left|bun ended with exit code)/m);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(readdirSync(small)).toEqual([]);
  expect(readdirSync(out)).toEqual([]);
});

test("where engines are kept", { timeout }, async ({ folder, small }) => {
  const { exitCode, stdout, stderr } = await build(join(folder, "out"), { XDG_CACHE_HOME: small });
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^(error:|  \|) .*ENOSPC/m);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(readdirSync(join(small, "runtime-aws-lambda/engines-v1"))).toEqual([]);
});
