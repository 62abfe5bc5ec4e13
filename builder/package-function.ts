/** The files of one function → gate, smoke run and archive → a report. */
import { randomUUID } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";
import { writeZip, type WrittenZip } from "../archive/index.ts";
import type { PlatformFacts } from "../images/platforms.ts";
import type { BuildOptions } from "./build-options.ts";
import type { BuildReport, BuildResult } from "./build-report.ts";
import type { ChosenEngine } from "./engines/choose-engine.ts";
import { BuilderError } from "./errors.ts";
import type { PackagedFile } from "./packaged-file.ts";
import { checkPackage } from "./gate/check-package.ts";
import { checkArchiveSize, maxUnzippedBytes, maxZippedBytes } from "./gate/platform-gate.ts";
import type { Project } from "./project.ts";
import type { ChosenSite } from "./sites/choose-site.ts";
import { smokeRun } from "./smoke-run.ts";
import type { StepRunner } from "./step-runner.ts";

export interface PackageOptions extends Pick<BuildOptions, "smokeRun" | "smokeEnv" | "signal"> {
  readonly project: Project;
  readonly facts: PlatformFacts;
  readonly engine: ChosenEngine | undefined;
  /** Tells the function from the project's other ones. */
  readonly name: string | undefined;
  readonly files: readonly PackagedFile[];
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
  const { project, facts, engine, name, files, site, steps, zipPath } = options;
  const unproven = `${zipPath}.${randomUUID()}.unproven`;
  try {
    const gate = await steps.run("gate", () => checkPackage(files, facts));
    // The smoke run waits, packing computes: side by side. The archive takes its name when both went well.
    const [smoke, zip] = await both(
      steps.run("smoke-run", (onLog) => runSmoke(options, onLog)),
      steps.run("archive", () => writeArchive(unproven, options)),
    );
    const sizes = await Promise.all(files.map(async ({ fromFile }) => (await stat(fromFile)).size));
    const unzippedBytes = sizes.reduce((sum, each) => sum + each, 0);
    const sizeWarnings = checkArchiveSize({ zippedBytes: zip.sizeBytes, unzippedBytes });
    for (const { code, message } of [...gate.warnings, ...sizeWarnings]) steps.warn(code, message);
    await rename(unproven, zipPath);
    const report: BuildReport = {
      platform: facts.platform,
      site: site.build.name,
      toolchain: project.toolchain,
      ...(engine === undefined ? {} : { engine: { name: engine.name, version: engine.version } }),
      glibcNeeded: gate.glibcNeeded,
      glibcOfPlatform: facts.symbolVersions.GLIBC,
      libraries: gate.libraries,
      unzippedBytes,
      zippedBytes: zip.sizeBytes,
      sha256: zip.sha256,
      limits: { zippedBytes: maxZippedBytes, unzippedBytes: maxUnzippedBytes },
      smokeRun: smoke,
      steps: [...steps.finished],
    };
    const { platform } = facts;
    return { platform, ...(name === undefined ? {} : { name }), zipPath, sizeBytes: zip.sizeBytes, report };
  } finally {
    await rm(unproven, { force: true });
  }
}

/** Like Promise.all, but no work goes on behind a rejection: what it would leave could not be cleaned up. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

async function writeArchive(path: string, { files, cacheFolder, signal }: PackageOptions): Promise<WrittenZip> {
  const entries = files.map(({ path: name, fromFile, mode }) => ({ path: name, content: { fromFile }, mode }));
  return writeZip(path, entries, { cacheFolder, ...(signal === undefined ? {} : { signal }) });
}

/** A function that fails on its first event has started all the same; one that cannot even be found has not. */
async function runSmoke(options: PackageOptions, onLog: (line: string) => void): Promise<BuildReport["smokeRun"]> {
  const { files, signal, smokeEvent, smokeEnv: environment = {}, steps } = options;
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
  steps.warn("SMOKE_RUN_ERROR", `In the smoke run the function ${detail}: ${answer.errorMessage}`);
  return { status: "answered", detail };
}

function cropped(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
