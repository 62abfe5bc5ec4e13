/** The README's first command, piece by piece, without Docker. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { extractZip } from "../../archive/index.ts";
import { platformNames } from "../../images/platforms.ts";
import { noDocker, repositoryFolder, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 120_000;
const hashOf = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const isNative = (platform: string): boolean =>
  process.platform === "linux" && platform.endsWith(process.arch === "x64" ? "x86_64" : "arm64");

describe.each(platformNames)("%s", (platform) => {
  test("builds on this machine, says why, and the result answers", { timeout }, async ({ folder }) => {
    const args = ["examples/hello", "--platform", platform, "--out-dir", folder];
    const built = await runCommand("build", args, { environment: noDocker });
    expect(built.stderr).toMatch(
      /^No Docker daemon is reachable, so this machine builds: fine for TypeScript and for Go without C code$/m,
    );
    expect(built).toMatchObject({ exitCode: 0, stdout: `${folder}/function.zip\n` });
    expect(built.stderr).toContain(platform.startsWith("al2-") ? "glibc      needs 2.17" : "glibc      needs 2.28");
    expect(built.stderr).toMatch(
      isNative(platform) ? /smoke run {2}answered/ : /smoke run {2}skipped: .* cannot be run on this/,
    );
    expect(readdirSync(folder).toSorted()).toEqual(["function.manifest.json", "function.zip"]);

    mkdirSync(join(folder, "unzipped"));
    await extractZip(join(folder, "function.zip"), join(folder, "unzipped"));
    expect(readdirSync(join(folder, "unzipped"))).toEqual(["bootstrap"]);
    if (!isNative(platform)) return;
    const emulated = await runCommand("emulate", [join(folder, "function.zip"), "--event", '{"name":"Ada"}']);
    expect(emulated).toMatchObject({ exitCode: 0, stdout: '{"message":"Hello, Ada!"}\n' });
  });

  test(
    "is byte-identical in another time zone, umask and folder, and with no program on the PATH",
    { timeout },
    async ({ folder }) => {
      const copy = join(folder, "elsewhere");
      await cp(join(repositoryFolder, "examples/hello"), copy, { recursive: true });
      // What the nearest tsconfig.json says is input as much as the source.
      await cp(join(repositoryFolder, "tsconfig.json"), join(folder, "tsconfig.json"));
      const build = async (project: string, name: string, options: object): Promise<string> => {
        const outDir = join(folder, name);
        const result = await runCommand(
          "build",
          [project, "--platform", platform, "--out-dir", outDir, "--site", "host"],
          options,
        );
        expect(result.exitCode, result.stderr).toBe(0);
        return hashOf(join(outDir, "function.zip"));
      };
      const first = await build("examples/hello", "a", { environment: { TZ: "UTC" }, umask: "022" });
      const second = await build(copy, "b", { environment: { TZ: "Asia/Tokyo", PATH: "" }, umask: "077" });
      expect(second).toBe(first);
    },
  );
});

test("several platforms make several archives, and --json lists them", { timeout }, async ({ folder }) => {
  const platforms = ["--platform", "al2-x64", "--platform", "AL2-aarch64"];
  const args = ["examples/hello", ...platforms, "--site", "host", "--out-dir", folder, "--json", "--quiet"];
  const { exitCode, stdout, stderr } = await runCommand("build", args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const { builds } = JSON.parse(stdout) as { builds: { zipPath: string; platform: string; report: object }[] };
  expect(builds.map(({ zipPath, platform }) => [zipPath, platform])).toEqual([
    [join(folder, "function-al2-x86_64.zip"), "al2-x86_64"],
    [join(folder, "function-al2-arm64.zip"), "al2-arm64"],
  ]);
  expect(builds[0]?.report).toMatchObject({
    site: "host",
    engine: { name: "bun", version: "1.4.2" },
    glibcNeeded: "2.17",
    limits: { zippedBytes: 52_428_800, unzippedBytes: 262_144_000 },
  });
});

test("Bun is an engine of Amazon Linux 2023 too", { timeout }, async ({ folder }) => {
  const args = [
    "examples/hello",
    "--platform",
    "al2023-x86_64",
    "--engine",
    "bun",
    "--site",
    "host",
    "--out-dir",
    folder,
  ];
  const { exitCode, stderr } = await runCommand("build", args);
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toContain("engine     bun 1.4.2");
});

test.for(["al2-x86_64", "al2023-x86_64"])(
  "a program with top-level await runs on %s",
  { timeout },
  async (platform, { folder, skip }) => {
    if (!isNative(platform)) skip(`${platform} does not run on this machine`);
    const args = ["examples/initialize", "--platform", platform, "--site", "host", "--out-dir", folder];
    const built = await runCommand("build", args);
    expect(built.exitCode, built.stderr).toBe(0);
    const event = ["--event", '{"name":"Ada"}', "--env", "GREETING=Servus"];
    const { stdout } = await runCommand("emulate", [join(folder, "function.zip"), ...event]);
    expect(JSON.parse(stdout)).toMatchObject({ greeting: "Servus, Ada!", count: 1 });
  },
);
