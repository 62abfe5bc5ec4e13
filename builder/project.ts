/** Finds out what there is to build at a path, and with which toolchain. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { BuilderError } from "./errors.ts";

/** How one kind of project is compiled. */
export type ToolchainName = "typescript" | "rust" | "go" | "make" | "cmake";

/** The toolchains by name. */
export const toolchainNames: readonly ToolchainName[] = ["typescript", "rust", "go", "make", "cmake"];

/** What is built. */
export interface Project {
  readonly toolchain: ToolchainName;
  /** Where `function.zip` goes by default. */
  readonly folder: string;
  /** The handler module or program of a TypeScript or JavaScript project, else the folder. */
  readonly sourcePath: string;
}

const extensions: readonly string[] = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"];
const stems: readonly string[] = ["handler", "index", "main", "src/handler", "src/index", "src/main"];

/** The files that mark the other projects. */
const markers: readonly (readonly [ToolchainName, string])[] = [
  ["rust", "Cargo.toml"],
  ["go", "go.mod"],
  ["cmake", "CMakeLists.txt"],
  ["make", "Makefile"],
];

/**
 * Detects the project.
 *
 * A folder is searched for Cargo.toml and go.mod; for a handler module, which is `source` or `main` of its package.json,
 * else handler, index or main, also in `src/`; then for CMakeLists.txt and a Makefile with the target `bootstrap`, which
 * stand in many a project of another language as well.
 *
 * @param path a folder, or the module itself
 * @param toolchain takes the place of the detection
 * @throws BuilderError `PROJECT_NOT_FOUND`, also where Rust or Go stand beside a handler module and nobody said which
 */
export function detectProject(path: string, toolchain?: ToolchainName): Project {
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw new BuilderError("PROJECT_NOT_FOUND", `There is nothing at ${absolute}`);
  if (!statSync(absolute).isDirectory()) return moduleProject(absolute, toolchain);
  const module = findModule(absolute);
  const candidates: Project[] = markers
    .filter(([name, marker]) => (name === "make" ? hasBootstrapTarget(absolute) : existsSync(join(absolute, marker))))
    .map(([name]) => ({ toolchain: name, folder: absolute, sourcePath: absolute }));
  if (module !== undefined) candidates.push({ toolchain: "typescript", folder: absolute, sourcePath: module });
  const found =
    toolchain === undefined ? choose(absolute, candidates) : candidates.find((each) => each.toolchain === toolchain);
  if (found !== undefined) return found;
  throw new BuilderError(
    "PROJECT_NOT_FOUND",
    toolchain === undefined
      ? `There is no project in ${absolute}`
      : `${absolute} holds nothing for the toolchain ${toolchain}`,
    {
      hint:
        `Looked for Cargo.toml, go.mod, ${stems.slice(0, 3).join(", ")} with ${extensions.join(" ")}, also in src/, ` +
        "CMakeLists.txt and a Makefile with the target bootstrap; or name the handler's file",
    },
  );
}

function moduleProject(path: string, toolchain: ToolchainName | undefined): Project {
  const isModule = extensions.includes(extname(path)) && (toolchain ?? "typescript") === "typescript";
  if (isModule) return { toolchain: "typescript", folder: dirname(path), sourcePath: path };
  throw new BuilderError("PROJECT_NOT_FOUND", `${path} is not a TypeScript or JavaScript module`, {
    hint: "Name the folder of a project in another language",
  });
}

function choose(folder: string, candidates: readonly Project[]): Project | undefined {
  const byName = new Map(candidates.map((each) => [each.toolchain, each]));
  const native = byName.get("rust") ?? byName.get("go");
  const rivals = [byName.get("rust"), byName.get("go"), byName.get("typescript")].filter((each) => each !== undefined);
  if (native !== undefined && rivals.length > 1) {
    const names = rivals.map((each) => each.toolchain);
    throw new BuilderError("PROJECT_NOT_FOUND", `${folder} can be built as ${names.join(" and as ")}`, {
      hint: `Say which: --toolchain ${names.join(" or --toolchain ")}`,
    });
  }
  return native ?? byName.get("typescript") ?? byName.get("cmake") ?? byName.get("make");
}

function findModule(folder: string): string | undefined {
  const candidates = [...namedInPackage(folder), ...stems.flatMap((stem) => extensions.map((each) => stem + each))];
  return candidates.map((each) => join(folder, each)).find((each) => isFile(each));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** package.json may point at built output that does not exist; then the search goes on. */
function namedInPackage(folder: string): string[] {
  const path = join(folder, "package.json");
  if (!isFile(path)) return [];
  try {
    const content = JSON.parse(readFileSync(path, "utf8")) as { source?: unknown; main?: unknown } | null;
    const { source, main } = content ?? {};
    return [source, main].filter((each) => typeof each === "string" && extensions.includes(extname(each))) as string[];
  } catch (cause) {
    throw new BuilderError("PROJECT_NOT_FOUND", `${path} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}

function hasBootstrapTarget(folder: string): boolean {
  return ["GNUmakefile", "makefile", "Makefile"]
    .map((name) => join(folder, name))
    .some((path) => isFile(path) && /^[^#\t\n:=]*\bbootstrap\b[^\n:=]*:(?!=)/m.test(readFileSync(path, "utf8")));
}
