/** What `build` can be told about Rust, shown by what cargo on this machine made of it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { extractZip } from "../../archive/index.ts";
import { parseArchitecture } from "../../images/platforms.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 240_000;
const platform = `al2023-${parseArchitecture(process.arch)}`;

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Says what it was compiled with, and ends. */
const program = `fn main() {
  println!("{} {} {}", cfg!(feature = "loud"), cfg!(debug_assertions), cfg!(any(target_feature = "avx2", target_feature = "lse")));
}
`;
const manifest = (name: string): string =>
  `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n[features]\nloud = []\n`;

async function build(project: string, out: string, ...more: string[]) {
  const args = [project, "--platform", platform, "--site", "host", "--no-smoke-run", "--out-dir", out, ...more];
  return runCommand("build", args);
}

test("--bin, --features, --profile and --target-cpu are cargo's", { timeout }, async ({ folder, skip }) => {
  skipWithReason(skip, whyNoProgram("cargo", "--version"));
  const project = join(folder, "shop");
  write(project, {
    "Cargo.toml":
      '[workspace]\nmembers = ["orders", "stock"]\n[profile.careful]\ninherits = "release"\ndebug-assertions = true\n',
    "Cargo.lock":
      'version = 3\n\n[[package]]\nname = "orders"\nversion = "1.0.0"\n\n[[package]]\nname = "stock"\nversion = "1.0.0"\n',
    "orders/Cargo.toml": manifest("orders"),
    "orders/src/main.rs": program,
    "stock/Cargo.toml": manifest("stock"),
    "stock/src/main.rs": program,
  });
  const said = async (name: string, ...more: string[]): Promise<string> => {
    const out = join(folder, name);
    const { exitCode, stdout, stderr } = await build(project, out, "--bin", "orders", ...more);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe(`${join(out, "function.zip")}\n`);
    expect(stderr).not.toContain("NO_LOCK_FILE");
    await extractZip(join(out, "function.zip"), out);
    return spawnSync(join(out, "bootstrap"), { encoding: "utf8" }).stdout;
  };
  expect(await said("plain")).toBe("false false false\n");
  const cpu = process.arch === "arm64" ? "neoverse-n1" : "x86-64-v3";
  const flags = ["--features", "orders/loud", "--profile", "careful", "--target-cpu", cpu];
  expect(await said("told", ...flags)).toBe("true true true\n");
});

test("the lock file is honoured, and its absence is told", { timeout }, async ({ folder, skip }) => {
  skipWithReason(skip, whyNoProgram("cargo", "--version"));
  const project = join(folder, "orders");
  write(project, { "Cargo.toml": manifest("orders"), "src/main.rs": program });
  const without = await build(project, join(folder, "a"));
  expect(without.exitCode, without.stderr).toBe(0);
  expect(without.stderr).toMatch(/^warning: .*orders has no Cargo\.lock: .* \(NO_LOCK_FILE\)$/m);
  // cargo has written one on this machine.
  rmSync(join(project, "Cargo.lock"));
  const silenced = await build(project, join(folder, "b"), "--ignore-warning", "NO_LOCK_FILE");
  expect(silenced.stderr).not.toContain("NO_LOCK_FILE");
  // One that is of other crates would have to be changed.
  write(project, { "Cargo.lock": 'version = 3\n\n[[package]]\nname = "other"\nversion = "1.0.0"\n' });
  const out = join(folder, "c");
  const { exitCode, stderr } = await build(project, out);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/\| error: .*lock file.*--locked/);
  expect(stderr).toMatch(/^error: cargo ended with exit code 101 \(COMPILE_FAILED\)$/m);
  expect(readdirSync(out)).toEqual([]);
});

test(
  "a library alone is no function, and a binary that is not there is cargo's to name",
  { timeout },
  async ({ folder, skip }) => {
    skipWithReason(skip, whyNoProgram("cargo", "--version"));
    const project = join(folder, "library");
    write(project, { "Cargo.toml": manifest("library"), "src/lib.rs": "" });
    const library = await build(project, folder);
    expect(library).toMatchObject({ exitCode: 1, stdout: "" });
    expect(library.stderr).toMatch(/^error: .*library has no binary, only libraries \(PROJECT_NOT_FOUND\)\nhint: /m);
    const absent = await build(project, folder, "--bin", "absent");
    expect(absent.stderr).toMatch(/\| error: no bin target named `absent`/);
  },
);
