/** The files of one function → gate, smoke run and archive → a report. */
import { constants } from "node:fs";
import { chmod, copyFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeZip, type WrittenZip } from "../archive/index.ts";
import type { PlatformFacts } from "../images/platforms.ts";
import { ownedName, removeLeftovers } from "../process/index.ts";
import { both } from "./both.ts";
import type { BuildOptions } from "./build-options.ts";
import type { BuildReport, BuildResult } from "./build-report.ts";
import { engineFault, possibleFault } from "./engines/engine-fault.ts";
import { BuilderError } from "./errors.ts";
import type { PackagedFile } from "./packaged-file.ts";
import { checkPackage } from "./gate/check-package.ts";
import { checkArchiveSize, maxUnzippedBytes, maxZippedBytes } from "./gate/platform-gate.ts";
import { hashFile, writeManifest } from "./manifest.ts";
import { measureAlternative, needsAnotherEngine } from "./native-alternative.ts";
import type { Project } from "./project.ts";
import type { ChosenSite } from "./sites/choose-site.ts";
import { smokeRun } from "./smoke-run.ts";
import type { StepRunner } from "./step-runner.ts";
import type { CompiledFunction } from "./toolchains/toolchain.ts";

export interface PackageOptions extends Pick<BuildOptions, "format" | "manifest" | "smokeRun" | "smokeEnv" | "signal"> {
  readonly project: Project;
  readonly facts: PlatformFacts;
  readonly compiled: CompiledFunction;
  readonly site: ChosenSite;
  readonly smokeEvent: string;
  readonly steps: StepRunner;
  readonly zipPath: string;
  readonly cacheFolder: string;
}

/**
 * The steps `gate`, `smoke-run` and `archive`.
 *
 * @throws BuilderError `PLATFORM_REFUSED`, `SMOKE_RUN_FAILED`, `ARCHIVE_TOO_LARGE`; ArchiveError
 */
export async function packageFunction(options: PackageOptions): Promise<BuildResult> {
  const { project, facts, compiled, site, steps, zipPath } = options;
  const { name, engine, files, image } = compiled;
  const isExecutable = options.format === "executable";
  if (isExecutable && files.length > 1) {
    throw new BuilderError("BAD_OPTIONS", `The function has ${files.length} files: the executable alone would not do`, {
      hint: "Leave out --format executable",
    });
  }
  const unprovenPrefix = `${basename(zipPath)}.unproven`;
  await removeLeftovers(dirname(zipPath), unprovenPrefix);
  const unproven = join(dirname(zipPath), ownedName(unprovenPrefix));
  const smoking = new SmokeStep(options);
  const measuring = alternativeOf(options);
  measuring.catch(() => {});
  try {
    // Where it is kept by the site, it can be started while it is on its way to this machine.
    if (compiled.arrived !== undefined) void smoking.start();
    await compiled.arrived;
    const gate = await steps.run("gate", () => checkPackage(files, facts));
    // The smoke run waits, packing computes: side by side. The archive takes its name when both went well.
    const [smoke, zip] = await both(
      smoking.start(),
      steps.run("archive", () => (isExecutable ? copyExecutable(unproven, files) : writeArchive(unproven, options))),
    );
    const sizes = await Promise.all(files.map(async ({ fromFile }) => (await stat(fromFile)).size));
    const unzippedBytes = sizes.reduce((sum, each) => sum + each, 0);
    const sizeWarnings = checkArchiveSize({ zippedBytes: isExecutable ? 0 : zip.sizeBytes, unzippedBytes });
    for (const { code, message } of [...gate.warnings, ...sizeWarnings]) steps.warn(code, message);
    await rename(unproven, zipPath);
    const report: BuildReport = {
      platform: facts.platform,
      site: site.build.name,
      ...(image === undefined ? {} : { image }),
      ...(site.baseImage === undefined ? {} : { baseImage: site.baseImage }),
      toolchain: project.toolchain,
      ...(engine === undefined ? {} : { engine }),
      glibcNeeded: gate.glibcNeeded,
      glibcOfPlatform: facts.symbolVersions.GLIBC,
      libraries: gate.libraries,
      unzippedBytes,
      zippedBytes: zip.sizeBytes,
      sha256: zip.sha256,
      limits: { zippedBytes: maxZippedBytes, unzippedBytes: maxUnzippedBytes },
      smokeRun: smoke,
      ...(await measuring),
      steps: [...steps.finished],
    };
    const { platform } = facts;
    const { contentHashes } = zip;
    const result = { platform, ...(name === undefined ? {} : { name }), zipPath, sizeBytes: zip.sizeBytes, report };
    if (options.manifest === false) return result;
    return {
      ...result,
      manifestPath: await writeManifest({ zipPath, project, compiled, report, gate, contentHashes }),
    };
  } catch (error) {
    // Nobody knows the archive by the name that it has until it is proven.
    if (error instanceof Error) error.message = error.message.replaceAll(unproven, zipPath);
    throw error;
  } finally {
    await smoking.callOff();
    await measuring.catch(() => {});
    await rm(unproven, { force: true });
  }
}

/** The step `smoke-run`, which may begin before the gate has spoken. */
class SmokeStep {
  readonly #options: PackageOptions;
  readonly #calledOff = new AbortController();
  #running: Promise<BuildReport["smokeRun"]> | undefined;

  constructor(options: PackageOptions) {
    this.#options = options;
  }

  /** Starts it, once. */
  start(): Promise<BuildReport["smokeRun"]> {
    return (this.#running ??= this.#run());
  }

  /** Ends it if it still runs; resolves when nothing of it is left. */
  async callOff(): Promise<void> {
    this.#calledOff.abort();
    await this.#running?.catch(() => {});
  }

  #run(): Promise<BuildReport["smokeRun"]> {
    const { signal, steps } = this.#options;
    const signals = [this.#calledOff.signal, ...(signal === undefined ? [] : [signal])];
    const options = { ...this.#options, signal: AbortSignal.any(signals) };
    const running = steps.run("smoke-run", (onLog) => runSmoke(options, onLog));
    // Whoever fails first is told of, which may be the gate.
    running.catch(() => {});
    return running;
  }
}

async function alternativeOf({
  compiled,
  format,
  cacheFolder,
}: PackageOptions): Promise<Pick<BuildReport, "nativeEngine">> {
  const { files, alternative } = compiled;
  if (alternative === undefined || format === "executable" || needsAnotherEngine(files)) return {};
  const zippedBytes = await measureAlternative(alternative, files, { cacheFolder });
  return { nativeEngine: zippedBytes === undefined ? {} : { zippedBytes } };
}

async function writeArchive(path: string, { compiled, cacheFolder, signal }: PackageOptions): Promise<WrittenZip> {
  const entries = compiled.files.map(({ path: name, fromFile, mode }) => ({ path: name, content: { fromFile }, mode }));
  return writeZip(path, entries, { cacheFolder, ...(signal === undefined ? {} : { signal }) });
}

async function copyExecutable(path: string, files: readonly PackagedFile[]): Promise<WrittenZip> {
  const [{ fromFile }] = files as [PackagedFile];
  await copyFile(fromFile, path, constants.COPYFILE_FICLONE);
  await chmod(path, 0o755);
  const sha256 = await hashFile(path);
  return { sizeBytes: (await stat(path)).size, sha256, contentHashes: new Map([["bootstrap", sha256]]) };
}

/** A function that fails on its first event has started all the same; one that cannot even be found has not. */
async function runSmoke(options: PackageOptions, onLog: (line: string) => void): Promise<BuildReport["smokeRun"]> {
  const { signal, smokeEvent, smokeEnv: environment = {}, steps } = options;
  const { files, engine, inputs } = options.compiled;
  const { smoke, smokeSkipped } = options.site;
  if (options.smokeRun === false) return { status: "skipped", detail: "as asked for" };
  if (smoke === undefined) return { status: "skipped", detail: smokeSkipped };
  const answer = await smokeRun({ files, site: smoke, event: smokeEvent, environment, onLog, signal });
  if (answer.kind === "response") return { status: "answered", detail: `answered the event ${cropped(smokeEvent)}` };
  if (answer.kind === "given-up") {
    steps.warn(
      "SMOKE_RUN_ERROR",
      `In the smoke run the function started, but ${answer.reason} after it was given the event`,
    );
    return { status: "started", detail: answer.reason };
  }
  const isInit = answer.kind === "init-error";
  const detail = `${isInit ? "reported an init error" : `failed on the event ${cropped(smokeEvent)}`}: ${answer.errorType}`;
  if (answer.errorType.startsWith("Runtime.Handler")) {
    throw new BuilderError("SMOKE_RUN_FAILED", `The bootstrap ${detail}: ${answer.errorMessage}`);
  }
  const isNative = engine?.name === "native";
  const fault = isNative ? engineFault(answer) : undefined;
  if (fault !== undefined) {
    throw new BuilderError("ENGINE_LACKS_MODULE", `In the smoke run the function ${detail}: ${fault}`, {
      hint: "Take another engine: --engine bun. If your events lead elsewhere, --smoke-event gives it one of them",
    });
  }
  const more = isNative ? await possibleFault(answer, inputs) : "";
  steps.warn("SMOKE_RUN_ERROR", `In the smoke run the function ${detail}: ${answer.errorMessage}${more}`);
  return { status: "answered", detail };
}

function cropped(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
