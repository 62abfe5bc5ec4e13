/** Rust: cargo makes the executables, in the platform's image or beside its libraries. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { BuilderError } from "../errors.ts";
import { cargoFolders } from "../sources/local-folders.ts";
import { readSourceTree, sourceFiles } from "../sources/source-tree.ts";
import {
  asVariable,
  cargoCache,
  containerVariables,
  targetFolder,
  targetTriples,
  targetVariable,
} from "./cargo-environment.ts";
import { readCargoExecutables, type CargoExecutable } from "./cargo-messages.ts";
import { bootstrapOnly, type CompiledFunction, type ToolchainOptions } from "./toolchain.ts";

/** Options of Rust projects. */
export interface RustOptions {
  /** Binaries to build. @default all of the package or workspace */
  readonly binaries?: readonly string[];
  readonly features?: readonly string[];
  /** Name of a profile in Cargo.toml. @default "release" */
  readonly profile?: string;
  /** For rustc's `-C target-cpu`, such as `neoverse-n1`, which every arm64 machine of Lambda is or follows. */
  readonly targetCpu?: string;
}

/**
 * The steps `toolchain` and `compile`: every binary becomes a function.
 *
 * @throws BuilderError `COMPILE_FAILED`, `PROJECT_NOT_FOUND` when there is no binary
 */
export async function compileRust(options: ToolchainOptions & RustOptions): Promise<readonly CompiledFunction[]> {
  const { project, facts, site, steps, signal, outputFolder } = options;
  const compilers = await steps.run("toolchain", (onLog) =>
    site.compilers({ image: "rust", linksLibraries: true, onLog }),
  );
  const folders = cargoFolders(project.folder);
  const manifests = folders.map((each) => join(each, "Cargo.toml")).filter((each) => existsSync(each));
  const isLocked = folders.some((each) => existsSync(join(each, "Cargo.lock")));
  if (!isLocked) {
    steps.warn(
      "NO_LOCK_FILE",
      `${project.folder} has no Cargo.lock: the next build may take other versions of its crates`,
    );
  }
  const tree = await readSourceTree(folders);
  const triple = targetTriples[facts.architecture];
  const volume = createHash("sha256").update(project.folder).digest("hex").slice(0, 12);
  const executables = await steps.run("compile", async (onLog) => {
    const stdout = await compilers.run({
      tree,
      folder: project.folder,
      commands: [["cargo", "build", ...cargoArguments(options, triple, isLocked)]],
      environment: {
        ...profileVariables(options.profile ?? "release", manifests),
        ...(options.targetCpu === undefined
          ? {}
          : { [targetVariable(triple, "RUSTFLAGS")]: `-C target-cpu=${options.targetCpu}` }),
        ...(compilers.site === "docker" ? containerVariables(compilers, triple) : {}),
      },
      caches: [
        cargoCache,
        // Build scripts run on the machine of the compilers: its architecture counts, too.
        {
          name: `target-${facts.platform}-on-${compilers.architecture}-${volume}`,
          path: targetFolder,
          project: project.folder,
        },
      ],
      outputs: (messages) => destinations(readCargoExecutables(messages), outputFolder),
      stdout: "messages",
      onLog,
      signal,
    });
    return readCargoExecutables(stdout);
  });
  if (executables.length === 0) {
    throw new BuilderError("PROJECT_NOT_FOUND", `${project.folder} has no binary, only libraries`, {
      hint: "A function is a program: src/main.rs, or a [[bin]] in Cargo.toml",
    });
  }
  return executables.map(({ name }) => ({
    ...(executables.length === 1 ? {} : { name }),
    files: bootstrapOnly(join(outputFolder, name)),
    inputs: sourceFiles(tree),
    image: compilers.image,
  }));
}

function cargoArguments(
  { binaries = [], features = [], profile = "release" }: RustOptions,
  triple: string,
  isLocked: boolean,
): string[] {
  return [
    "--message-format=json-render-diagnostics",
    `--target=${triple}`,
    `--profile=${profile}`,
    ...(binaries.length === 0 ? ["--bins"] : binaries.map((each) => `--bin=${each}`)),
    ...(features.length === 0 ? [] : [`--features=${features.join(",")}`]),
    ...(isLocked ? ["--locked"] : []),
  ];
}

function destinations(executables: readonly CargoExecutable[], folder: string) {
  return executables.map(({ name, path }) => ({ path, destination: join(folder, basename(name)) }));
}

/**
 * What makes a Rust executable small without changing what it does: no symbols, and one pass of optimization over all
 * crates. A profile of the project that says otherwise is left alone.
 */
function profileVariables(profile: string, manifests: readonly string[]): Record<string, string> {
  const wanted = { strip: "symbols", lto: "thin", "codegen-units": "1" };
  const section = manifests.map((each) => profileSection(readFileSync(each, "utf8"), profile)).join("\n");
  return Object.fromEntries(
    Object.entries(wanted)
      .filter(([key]) => !new RegExp(`^\\s*${key}\\s*=`, "m").test(section))
      .map(([key, value]) => [`CARGO_PROFILE_${asVariable(profile)}_${asVariable(key)}`, value]),
  );
}

function profileSection(manifest: string, profile: string): string {
  return manifest.split(/^(?=\s*\[)/m).find((each) => each.trimStart().startsWith(`[profile.${profile}]`)) ?? "";
}
