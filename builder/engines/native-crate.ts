/** The crate of the native engine, as this package brings it along. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Found through the package's own name: from dist/ the way is another one than from the sources. */
export function nativeCrateFolder(): string {
  return fileURLToPath(new URL("engine", import.meta.resolve("runtime-aws-lambda/package.json")));
}

/** Of its Cargo.toml. */
export function nativeEngineVersion(): string {
  const manifest = readFileSync(join(nativeCrateFolder(), "Cargo.toml"), "utf8");
  return /^version = "(.*)"$/m.exec(manifest)?.[1] ?? "unknown";
}

/** Of this package, and of the finished engines that go with it. */
export function packageVersion(): string {
  const path = fileURLToPath(import.meta.resolve("runtime-aws-lambda/package.json"));
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

/**
 * For the C of its crates: nobody else can put a function of theirs in the place of another, so that the compiler may put one
 * into the other. An event takes 7 % fewer instructions.
 */
export const nativeCrateCFlags = "-fvisibility=hidden -fno-semantic-interposition";

/** A hash of everything that is compiled, and how. */
export async function nativeCrateHash(): Promise<string> {
  const folder = nativeCrateFolder();
  const sources = (await readdir(join(folder, "src"))).toSorted().map((name) => join("src", name));
  const hash = createHash("sha256").update(nativeCrateCFlags);
  for (const path of ["Cargo.toml", "Cargo.lock", ...sources]) {
    // oxlint-disable-next-line no-await-in-loop -- in this order
    const content = await readFile(join(folder, path));
    hash.update(`${path}:${content.length}:`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}
