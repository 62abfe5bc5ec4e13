/** The folders a Cargo package or a Go module is spread over on this machine, read from their manifests. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * A Cargo package's folder, its workspace's, and those of dependencies by path, however many steps away.
 * Source: The Cargo Book, "Workspaces" and "Specifying dependencies".
 */
export function cargoFolders(folder: string): readonly string[] {
  const workspace = ancestors(folder).find((each) => /^\s*\[workspace\]/m.test(read(join(each, "Cargo.toml"))));
  return closure([folder, ...(workspace === undefined ? [] : [workspace])], (each) =>
    matches(read(join(each, "Cargo.toml")), /\bpath\s*=\s*["']([^"']+)["']/g).filter((path) =>
      existsSync(join(each, path, "Cargo.toml")),
    ),
  );
}

/**
 * A Go module's folder, that of a go.work above it, and those of modules that `replace` and `use` name by path.
 * Source: Go Modules Reference, "replace directive" and "go.work files".
 */
export function goFolders(folder: string): readonly string[] {
  const workspace = ancestors(folder).find((each) => existsSync(join(each, "go.work")));
  return closure([folder, ...(workspace === undefined ? [] : [workspace])], (each) => [
    ...matches(read(join(each, "go.mod")), /=>\s*(\.{1,2}\/\S*)/g),
    ...matches(read(join(each, "go.work")), /^\s*(?:use\s+)?(\.{1,2}\/\S*)/gm),
  ]);
}

function ancestors(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

function closure(first: readonly string[], next: (folder: string) => readonly string[]): readonly string[] {
  const found = new Set<string>();
  const visit = (folder: string): void => {
    if (found.has(folder) || !existsSync(folder)) return;
    found.add(folder);
    for (const each of next(folder)) visit(resolve(folder, each));
  };
  first.forEach(visit);
  return [...found];
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, captured = ""]) => captured);
}
