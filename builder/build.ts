/**
 * The pipeline: project → site → toolchain → for each function: platform gate → smoke run → archive → report. Read it
 * from the top; each step stands in a file of its own.
 */
import { existsSync, statSync } from "node:fs";
import { access, constants, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { BuildOptions } from "./build-options.ts";
import type { BuildResult } from "./build-report.ts";
import { chooseEngine, type ChosenEngine } from "./engines/choose-engine.ts";
import { defaultCacheFolder } from "./engines/host-engine.ts";
import { BuilderError } from "./errors.ts";
import { deprecationWarnings } from "./gate/platform-gate.ts";
import { includedFiles } from "./included-files.ts";
import { namedAfter } from "./named-after.ts";
import { ownedName, removeLeftovers } from "../process/index.ts";
import { packageFunction } from "./package-function.ts";
import { detectProject } from "./project.ts";
import { resolvePlatform } from "./resolve-platform.ts";
import { chooseSite, type ChosenSite } from "./sites/choose-site.ts";
import { StepRunner } from "./step-runner.ts";
import { compileGo } from "./toolchains/go.ts";
import { compileCmake, compileMake } from "./toolchains/make.ts";
import { compileRust } from "./toolchains/rust.ts";
import type { CompiledFunction, ToolchainOptions } from "./toolchains/toolchain.ts";
import { compileTypescript } from "./toolchains/typescript.ts";

const workFolderPrefix = "runtime-aws-lambda-build";

/**
 * Builds a project of one function into an archive that is proven to start.
 *
 * @throws BuilderError, and BundleError, DockerError or ArchiveError of the part that does the work; `signal.reason`
 *   when called off
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const [only] = await buildFunctions(options, ([, another], names) => {
    if (another === undefined) return;
    throw new BuilderError("BAD_OPTIONS", `The project has several functions: ${names.join(", ")}`, {
      hint: "Name one of them as the only one of `binaries`, or build each by buildAll()",
    });
  });
  return only as BuildResult;
}

/**
 * Builds every function of a project: a Rust workspace may have several binaries, of which each becomes an archive of its
 * own, named after it. Everything else has one.
 *
 * @throws as {@link build}
 */
export async function buildAll(options: BuildOptions): Promise<readonly BuildResult[]> {
  return buildFunctions(options, () => {});
}

/** @param check throws at functions that are not what was asked for. */
async function buildFunctions(
  options: BuildOptions,
  check: (functions: readonly CompiledFunction[], names: readonly string[]) => void,
): Promise<readonly BuildResult[]> {
  const facts = resolvePlatform(options.platform);
  const project = detectProject(options.project ?? ".", options.toolchain);
  const engine = project.toolchain === "typescript" ? chooseEngine(facts, options.engine) : undefined;
  const outDir = resolve(options.outDir ?? project.folder);
  const { signal, smokeEvent = "{}", fileName = "function.zip", cacheFolder = defaultCacheFolder() } = options;
  checkSmokeEvent(smokeEvent);
  const steps = new StepRunner(facts.platform, options.onEvent ?? (() => {}), signal, options.ignoreWarnings);

  await makeOutputFolder(outDir);
  for (const { code, message } of deprecationWarnings(facts)) steps.warn(code, message);
  const outputFolder = await makeWorkFolder();
  let site: ChosenSite | undefined;
  try {
    site = await steps.run("site", (onLog) =>
      chooseSite(facts, options, { onNotice: (message) => steps.notice(message), onLog }),
    );
    const common = { ...options, project, facts, cacheFolder, outputFolder, steps };
    const functions = await compile({ ...common, site: site.build }, engine);
    check(
      functions,
      functions.map(({ name = "" }) => name),
    );
    const results: BuildResult[] = [];
    for (const compiled of functions) {
      const { name } = compiled;
      // oxlint-disable-next-line no-await-in-loop -- quick
      const files = [...compiled.files, ...(await includedFiles(options.include ?? [], compiled.files))];
      const zipPath = join(outDir, name === undefined ? fileName : namedAfter(name, fileName));
      // oxlint-disable-next-line no-await-in-loop -- each of them uses every core
      results.push(await packageFunction({ ...common, smokeEvent, compiled: { ...compiled, files }, site, zipPath }));
    }
    return results;
  } finally {
    await site?.close();
    await rm(outputFolder, { recursive: true, force: true });
  }
}

async function compile(
  options: ToolchainOptions & Omit<BuildOptions, "site" | "project"> & { readonly cacheFolder: string },
  engine: ChosenEngine | undefined,
): Promise<readonly CompiledFunction[]> {
  if (engine !== undefined) return compileTypescript({ ...options, engine });
  switch (options.project.toolchain) {
    case "rust":
      return compileRust(options);
    case "go":
      return compileGo(options);
    case "cmake":
      return compileCmake(options);
    default:
      return compileMake(options);
  }
}

/** Whoever was killed before could not remove its own. */
async function makeWorkFolder(): Promise<string> {
  const parent = resolve(tmpdir());
  await removeLeftovers(parent, workFolderPrefix);
  const folder = join(parent, ownedName(workFolderPrefix));
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

/** Before the work, which would be lost without a place for its result. */
async function makeOutputFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const message = `The folder ${folder} cannot hold the archive: ${(cause as Error).message}`;
    throw new BuilderError("BAD_OPTIONS", message, { cause });
  }
}

/** One by one: node's own `recursive` never ends where a file system makes no folders and says ENOENT, as /proc does. */
async function makeFolders(folder: string): Promise<void> {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  if (dirname(folder) !== folder) await makeFolders(dirname(folder));
  await mkdir(folder).catch((error: unknown) => {
    // Made by somebody else meanwhile.
    const isThere = (error as NodeJS.ErrnoException).code === "EEXIST" && statSync(folder).isDirectory();
    if (!isThere) throw error;
  });
}

function checkSmokeEvent(json: string): void {
  try {
    JSON.parse(json);
  } catch (cause) {
    throw new BuilderError("BAD_OPTIONS", `smokeEvent is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}
