/**
 * The crates of the native engine keep `engine/deny.toml`, as far as Cargo.lock and cargo itself can tell. cargo-deny checks
 * the same, and the database of known weaknesses, in `.github/workflows/crates.yml`.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { targetTriples } from "../../builder/toolchains/cargo-environment.ts";
import { repositoryFolder } from "../support/run-command.ts";

const engineFolder = join(repositoryFolder, "engine");
const read = (name: string): string => readFileSync(join(engineFolder, name), "utf8");

test("every crate comes from crates.io, with a checksum", () => {
  const [, ...crates] = read("Cargo.lock").split("[[package]]\n");
  const others = crates.filter((each) => !each.includes('name = "native-engine"'));
  expect(others.length).toBeGreaterThan(10);
  for (const each of others) {
    expect(each).toContain('\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n');
    expect(each).toMatch(/\nchecksum = "[0-9a-f]{64}"\n/);
  }
});

interface Metadata {
  readonly packages: readonly { readonly id: string; readonly name: string; readonly license: string | null }[];
  readonly resolve: { readonly nodes: readonly { readonly id: string }[] };
}

/** The crates that are compiled for a target; undefined without a cargo that reads the lock file. */
function compiledCrates(triple: string): Metadata["packages"] | undefined {
  const args = ["metadata", "--locked", "--format-version", "1", "--filter-platform", triple];
  try {
    const stdout = execFileSync("cargo", args, {
      cwd: engineFolder,
      encoding: "utf8",
      maxBuffer: 1 << 26,
      stdio: "pipe",
    });
    const { packages, resolve } = JSON.parse(stdout) as Metadata;
    const used = new Set(resolve.nodes.map(({ id }) => id));
    return packages.filter(({ id }) => used.has(id));
  } catch (error) {
    const { code, stderr } = error as { readonly code?: string; readonly stderr?: string };
    if (code === "ENOENT" || /lock file version/.test(stderr ?? "")) return undefined;
    throw error;
  }
}

/** Whether an expression of SPDX can be kept with these licences. */
function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const all = expression.replaceAll(/[()]/g, "").split(" AND ");
  return all.every((each) => each.split(/ OR |\//).some((one) => allowed.includes(one)));
}

describe.each(Object.values(targetTriples))("compiled for %s", (triple) => {
  const crates = compiledCrates(triple);
  const allowed = /^allow = \[(.*)\]$/m.exec(read("deny.toml"))?.[1]?.match(/[\w.-]+/g) ?? [];

  test.skipIf(crates === undefined)("licences are those of deny.toml (skipped: needs cargo 1.78 or later)", () => {
    const unknown = crates?.filter(({ license }) => !isAllowed(license ?? "none", allowed));
    expect(unknown?.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
    // Each that is allowed is there: the list does not outlive its reasons.
    for (const each of allowed) expect(crates?.some(({ license }) => license?.includes(each))).toBe(true);
  });

  test.skipIf(crates === undefined)("no crate is there twice (skipped: needs cargo 1.78 or later)", () => {
    const names = crates?.map(({ name }) => name) ?? [];
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

test.each([
  ["MIT", true],
  ["GPL-3.0", false],
  ["GPL-3.0 OR MIT", true],
  ["(MIT OR Apache-2.0) AND Unicode-3.0", false],
  ["MIT/Apache-2.0", true],
  ["none", false],
] as const)("with MIT allowed %s is: %s", (expression, expected) => {
  expect(isAllowed(expression, ["MIT"])).toBe(expected);
});
