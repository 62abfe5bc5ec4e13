/** The licences of the crates that are in the native engine's executable: whoever hands it on has to hand on their texts. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What we read of `cargo metadata`, format version 1 (The Cargo Book, "cargo metadata"). */
interface Metadata {
  readonly packages: readonly Crate[];
  readonly resolve: { readonly root: string; readonly nodes: readonly Node[] };
}
interface Crate {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  readonly manifest_path: string;
}
interface Node {
  readonly id: string;
  readonly deps: readonly { readonly pkg: string; readonly dep_kinds: readonly { readonly kind: string | null }[] }[];
}

/**
 * One text: each licence once, below the crates that it belongs to. The same for the same Cargo.lock.
 *
 * @param triple Rust's name of the target
 */
export function crateLicences(crateFolder: string, triple: string): string {
  const args = ["metadata", "--locked", "--format-version", "1", "--filter-platform", triple];
  const stdout = execFileSync("cargo", args, { cwd: crateFolder, encoding: "utf8", maxBuffer: 1 << 26 });
  const { packages, resolve } = JSON.parse(stdout) as Metadata;
  const linked = linkedCrates(resolve);
  const owners = new Map<string, string[]>();
  for (const crate of packages.filter(({ id }) => linked.has(id) && id !== resolve.root).toSorted(byName)) {
    for (const text of licenceTexts(crate)) {
      owners.set(text, [...(owners.get(text) ?? []), `${crate.name} ${crate.version}`]);
    }
  }
  const parts = [...owners].map(([text, crates]) => `${crates.join(", ")}\n\n${text}\n`);
  return `The native engine contains these crates of Rust:\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

/** Without those that only compile it. */
function linkedCrates({ root, nodes }: Metadata["resolve"]): ReadonlySet<string> {
  const linked = new Set([root]);
  // A set is iterated in the order of insertion, also what is added meanwhile.
  for (const id of linked) {
    const { deps = [] } = nodes.find((each) => each.id === id) ?? {};
    for (const { pkg, dep_kinds: kinds } of deps) if (kinds.some(({ kind }) => kind === null)) linked.add(pkg);
  }
  return linked;
}

/** Of the crate and of the C code in a folder of it. Of several licences to choose from MIT's is the shortest. */
function licenceTexts({ license, manifest_path: manifest }: Crate): readonly string[] {
  const folder = dirname(manifest);
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((each) =>
    each.isDirectory() ? licencesIn(join(folder, each.name)).map((name) => join(each.name, name)) : [each.name],
  );
  const all = names.filter((name) => /(^|\/)(licen[cs]e|copying|copyright|notice)[^/]*$/i.test(name)).toSorted();
  const isChoice = license !== null && /\bMIT\b/.test(license) && !license.includes(" AND ");
  const chosen = isChoice && all.includes("LICENSE-MIT") ? ["LICENSE-MIT"] : all;
  const texts = chosen.map((name) => readFileSync(join(folder, name), "utf8").trim());
  return texts.length === 0 ? [`Licence: ${license}; the crate brings no text of it.`] : texts;
}

function licencesIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => /^licen[cs]e$/i.test(name));
}

function byName(a: Crate, b: Crate): number {
  return a.id < b.id ? -1 : 1;
}
