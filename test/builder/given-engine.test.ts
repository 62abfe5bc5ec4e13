/** Engines that the user already has: no registry is asked, and nothing is written beside them. */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { hostEngine } from "../../builder/index.ts";
import { parseArchitecture } from "../../images/platforms.ts";
import { noDocker, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 120_000;
const architecture = parseArchitecture(process.arch);
const foreign = architecture === "arm64" ? "x86_64" : "arm64";

/** An empty cache, and nothing that answers for a registry. */
function withoutRegistry(folder: string): Record<string, string> {
  return { ...noDocker, XDG_CACHE_HOME: join(folder, "cache"), npm_config_registry: "http://127.0.0.1:1" };
}

function shaOf(folder: string): unknown {
  const manifest = JSON.parse(readFileSync(join(folder, "function.manifest.json"), "utf8")) as object;
  return { ...manifest, archive: (manifest as { archive: { sha256: string } }).archive.sha256 };
}

test.for([
  ["bun", "al2"],
  ["node", "al2023"],
] as const)("%s from a file makes what the pinned one makes", { timeout }, async ([engine, system], { folder }) => {
  mkdirSync(join(folder, "mine"));
  const mine = join(folder, "mine", engine);
  copyFileSync(await hostEngine(engine), mine);
  const args = ["examples/hello", "--platform", `${system}-${architecture}`, "--site", "host", "--engine", engine];
  const pinned = await runCommand("build", [...args, "--out-dir", join(folder, "pinned")], { environment: noDocker });
  expect(pinned.exitCode, pinned.stderr).toBe(0);
  const given = await runCommand("build", [...args, "--engine-path", mine, "--out-dir", join(folder, "given")], {
    environment: withoutRegistry(folder),
  });
  expect(given.exitCode, given.stderr).toBe(0);
  expect(shaOf(join(folder, "given"))).toEqual(shaOf(join(folder, "pinned")));
  expect(readdirSync(join(folder, "mine"))).toEqual([engine]);
});

describe("is refused", () => {
  async function refusal(file: string, platform: string, folder: string): Promise<string> {
    const args = ["examples/hello", "--platform", platform, "--site", "host", "--engine-path", file];
    const result = await runCommand("build", [...args, "--out-dir", join(folder, "out")], {
      environment: withoutRegistry(folder),
    });
    expect(result).toMatchObject({ exitCode: 2, stdout: "" });
    expect(readdirSync(join(folder, "out"))).toEqual([]);
    return result.stderr;
  }

  test.for([
    ["that is not there", "nowhere", /^error: No engine: ENOENT: .*nowhere' \(BAD_OPTIONS\)$/m],
    ["that is a folder", ".", /^error: No engine: EISDIR: .* \(BAD_OPTIONS\)$/m],
    ["that is no executable", "text", /^error: No engine: .*\/text is no ELF executable: it starts with 'text'/m],
    ["of another program", "other", /^error: .*\/other is no executable of bun: it names no version of it /m],
  ] as const)("a file %s", async ([, name, message], { folder }) => {
    writeFileSync(join(folder, "text"), "text");
    copyFileSync(process.execPath, join(folder, "other"));
    expect(await refusal(join(folder, name), `al2-${architecture}`, folder)).toMatch(message);
  });

  test("one that is for another processor than the platform's", { timeout }, async ({ folder }) => {
    const stderr = await refusal(await hostEngine("bun"), `al2-${foreign}`, folder);
    expect(stderr).toContain(`error: No engine that was given is for ${foreign} (BAD_OPTIONS)`);
    expect(stderr).toContain(`hint: Give one more: bun for linux-${foreign}`);
  });

  test("one of another version than what runs it", { timeout }, async ({ folder }) => {
    // The version stands in the executable; here one that names another, for the other processor.
    const path = join(folder, "bun");
    const bun = readFileSync(await hostEngine("bun"));
    bun.writeUInt16LE(foreign === "arm64" ? 183 : 62, 18);
    for (let at = bun.indexOf("bun-v1.4.2"); at >= 0; at = bun.indexOf("bun-v1.4.2", at)) bun.write("bun-v1.4.9", at);
    writeFileSync(path, bun);
    const args = ["examples/hello", "--platform", `al2-${foreign}`, "--site", "host", "--engine-path", path];
    const { exitCode, stderr } = await runCommand("build", [...args, "--out-dir", folder], { environment: noDocker });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      `error: bun 1.4.9 is for the platform, and 1.4.2 would prepare it on linux-${architecture}`,
    );
    expect(stderr).toContain(`hint: Give both of one version: bun 1.4.9 for linux-${architecture} as well`);
  });
});
