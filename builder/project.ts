/** Finds out what there is to build at a path. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { BuilderError } from "./errors.ts";

/** A project whose function is one TypeScript or JavaScript module. */
export interface Project {
  /** Where `function.zip` goes by default. */
  readonly folder: string;
  /** The handler module or program. */
  readonly sourcePath: string;
}

const extensions: readonly string[] = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"];
const stems: readonly string[] = ["handler", "index", "main", "src/handler", "src/index", "src/main"];

/** Projects this version recognises but cannot build yet, by the file that marks them. */
const foreignProjects: Readonly<Record<string, string>> = {
  "Cargo.toml": "Rust",
  "go.mod": "Go",
  Makefile: "Make",
  "CMakeLists.txt": "C or C++",
};

/**
 * Detects the project.
 *
 * A folder is searched for `source` or `main` of its package.json, then for handler, index or main, also in `src/`.
 *
 * @param path a folder, or the module itself
 * @throws BuilderError `PROJECT_NOT_FOUND`
 */
export function detectProject(path: string): Project {
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw new BuilderError("PROJECT_NOT_FOUND", `There is nothing at ${absolute}`);
  if (!statSync(absolute).isDirectory()) {
    if (extensions.includes(extname(absolute))) return { folder: dirname(absolute), sourcePath: absolute };
    throw new BuilderError("PROJECT_NOT_FOUND", `${absolute} is not a TypeScript or JavaScript module`);
  }
  const candidates = [...namedInPackage(absolute), ...stems.flatMap((stem) => extensions.map((each) => stem + each))];
  const found = candidates.map((each) => join(absolute, each)).find((each) => existsSync(each));
  if (found !== undefined) return { folder: absolute, sourcePath: found };
  const [marker, language] = Object.entries(foreignProjects).find(([file]) => existsSync(join(absolute, file))) ?? [];
  throw new BuilderError(
    "PROJECT_NOT_FOUND",
    language === undefined
      ? `There is no handler module in ${absolute}`
      : `${absolute} is a ${language} project (${marker}); this version builds TypeScript and JavaScript`,
    { hint: `Looked for ${stems.slice(0, 3).join(", ")} with ${extensions.join(" ")}, also in src/; or name the file` },
  );
}

/** package.json may point at built output that does not exist; then the search goes on. */
function namedInPackage(folder: string): string[] {
  const path = join(folder, "package.json");
  if (!existsSync(path)) return [];
  try {
    const { source, main } = JSON.parse(readFileSync(path, "utf8")) as { source?: unknown; main?: unknown };
    return [source, main].filter((each) => typeof each === "string" && extensions.includes(extname(each))) as string[];
  } catch (cause) {
    throw new BuilderError("PROJECT_NOT_FOUND", `${path} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}
