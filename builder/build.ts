/**
 * The pipeline: project → site → engine → bundle → executable → platform gate → smoke run → archive → report. Read it
 * from the top; each step stands in a file of its own.
 */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { writeZip, type WrittenZip } from "../archive/index.ts";
import { parsePlatform, platformNames, platforms, type PlatformFacts } from "../images/platforms.ts";
import type { BuildEvent } from "./build-event.ts";
import type { BuildReport, BuildResult } from "./build-report.ts";
import { chooseEngine } from "./engines/choose-engine.ts";
import type { EngineName } from "./engines/engine-packages.ts";
import { defaultCacheFolder } from "./engines/host-engine.ts";
import { BuilderError } from "./errors.ts";
import { checkArchiveSize, checkPlatform, maxUnzippedBytes, maxZippedBytes } from "./platform-gate.ts";
import { detectProject } from "./project.ts";
import { chooseSite, type ChosenSite, type DockerOptions } from "./sites/choose-site.ts";
import { smokeRun } from "./smoke-run.ts";
import { StepRunner } from "./step-runner.ts";
import { compileTypescript } from "./toolchains/typescript.ts";

export interface BuildOptions {
  /** Folder of the project, or its module. @default "." */
  readonly project?: string;
  /** A platform in any accepted spelling. */
  readonly platform: string;
  /** Where the engine works. @default "docker" when a daemon answers, else "host" */
  readonly site?: "docker" | "host";
  /** @default "bun" for Amazon Linux 2, "node" for Amazon Linux 2023 */
  readonly engine?: EngineName;
  /** Export of the handler module. @default "handler" */
  readonly handler?: string;
  /** Folder for the archive. @default the project's */
  readonly outDir?: string;
  /** @default "function.zip" */
  readonly fileName?: string;
  /** Start the bootstrap once it is built, to prove that it does. @default true */
  readonly smokeRun?: boolean;
  /** JSON text that it is given then. @default "{}" */
  readonly smokeEvent?: string;
  /** Variables of the function that it needs to start. */
  readonly smokeEnv?: Readonly<Record<string, string>>;
  /** How to reach Docker and what to build its images on. */
  readonly docker?: DockerOptions;
  /** Holds the engines. @default ~/.cache/runtime-aws-lambda */
  readonly cacheFolder?: string;
  readonly onEvent?: (event: BuildEvent) => void;
  /** Calls the build off; everything begun is undone and the previous archive stays. */
  readonly signal?: AbortSignal;
}

/**
 * Builds a project into an archive that is proven to start.
 *
 * @throws BuilderError, and BundleError, DockerError or ArchiveError of the part that does the work; `signal.reason`
 *   when called off
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const facts = resolvePlatform(options.platform);
  const { platform } = facts;
  const engine = chooseEngine(facts, options.engine);
  const project = detectProject(options.project ?? ".");
  const zipPath = join(resolve(options.outDir ?? project.folder), options.fileName ?? "function.zip");
  const cacheFolder = options.cacheFolder ?? defaultCacheFolder();
  const { signal, smokeEvent = "{}" } = options;
  checkSmokeEvent(smokeEvent);
  const steps = new StepRunner(platform, options.onEvent ?? (() => {}), signal);

  await makeOutputFolder(dirname(zipPath));
  const workFolder = await mkdtemp(join(tmpdir(), "runtime-aws-lambda-"));
  const executable = join(workFolder, "bootstrap");
  const unproven = `${zipPath}.${randomUUID()}.unproven`;
  try {
    const site = await steps.run("site", (onLog) =>
      chooseSite(facts, options, { onNotice: (message) => steps.notice(message), onLog }),
    );
    await compileTypescript({ ...options, project, facts, engine, site: site.build, executable, cacheFolder, steps });
    const gate = await steps.run("gate", () => checkPlatform(executable, facts));
    // The smoke run waits, packing computes: side by side. The archive takes its name when both went well.
    const [smoke, zip] = await both(
      steps.run("smoke-run", (onLog) => runSmoke({ ...options, smokeEvent, executable, site, steps, onLog })),
      steps.run("archive", () => writeArchive(unproven, executable, signal)),
    );
    const unzippedBytes = (await stat(executable)).size;
    const sizeWarnings = checkArchiveSize({ zippedBytes: zip.sizeBytes, unzippedBytes });
    for (const { code, message } of [...gate.warnings, ...sizeWarnings]) steps.warn(code, message);
    await rename(unproven, zipPath);
    const report: BuildReport = {
      platform,
      site: site.build.name,
      engine: { name: engine.name, version: engine.version },
      glibcNeeded: gate.glibcNeeded,
      glibcOfPlatform: facts.symbolVersions.GLIBC,
      libraries: gate.libraries,
      unzippedBytes,
      zippedBytes: zip.sizeBytes,
      sha256: zip.sha256,
      limits: { zippedBytes: maxZippedBytes, unzippedBytes: maxUnzippedBytes },
      smokeRun: smoke,
      steps: steps.finished,
    };
    return { platform, zipPath, sizeBytes: zip.sizeBytes, report };
  } finally {
    await rm(workFolder, { recursive: true, force: true });
    await rm(unproven, { force: true });
  }
}

/** Before the work, which would be lost without a place for its result. */
async function makeOutputFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const message = `The folder ${folder} cannot hold the archive: ${(cause as Error).message}`;
    throw new BuilderError("BAD_OPTIONS", message, { cause });
  }
}

/** Like Promise.all, but no work goes on behind a rejection: what it would leave could not be cleaned up. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

async function writeArchive(path: string, executable: string, signal: AbortSignal | undefined): Promise<WrittenZip> {
  const entry = { path: "bootstrap", content: { fromFile: executable }, mode: 0o755 };
  return writeZip(path, [entry], signal === undefined ? {} : { signal });
}

function resolvePlatform(spelling: string): PlatformFacts {
  const platform = parsePlatform(spelling);
  if (platform !== undefined) return platforms[platform];
  throw new BuilderError("BAD_OPTIONS", `"${spelling}" is not a platform`, {
    hint: `Platforms: ${platformNames.join(", ")}`,
  });
}

function checkSmokeEvent(json: string): void {
  try {
    JSON.parse(json);
  } catch (cause) {
    throw new BuilderError("BAD_OPTIONS", `smokeEvent is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}

interface SmokeStep extends Pick<BuildOptions, "smokeRun" | "smokeEnv" | "signal"> {
  readonly smokeEvent: string;
  readonly executable: string;
  readonly site: ChosenSite;
  readonly steps: StepRunner;
  readonly onLog: (line: string) => void;
}

/** A function that fails on its first event has started all the same; one that cannot even be found has not. */
async function runSmoke(options: SmokeStep): Promise<BuildReport["smokeRun"]> {
  const { executable, onLog, signal, smokeEvent, smokeEnv: environment = {}, steps } = options;
  const { smoke, smokeSkipped } = options.site;
  if (options.smokeRun === false) return { status: "skipped", detail: "as asked for" };
  if (smoke === undefined) return { status: "skipped", detail: smokeSkipped };
  const answer = await smokeRun({ executable, site: smoke, event: smokeEvent, environment, onLog, signal });
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
