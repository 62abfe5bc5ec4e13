/** Compilers in a container: of the platform's own image, or beside its libraries on a machine that is quicker. */
import { realpathSync } from "node:fs";
import { posix, relative, sep } from "node:path";
import {
  ensureImage,
  killedExitCode,
  projectLabels,
  runContainer,
  volumePrefix,
  type Daemon,
  type EnsureImageOptions,
  type ToolchainImage,
} from "../../docker/index.ts";
import { platforms, type Architecture, type Platform, type PlatformFacts } from "../../images/platforms.ts";
import { LogTail } from "../../process/index.ts";
import { BuilderError } from "../errors.ts";
import { imageLog } from "./image-log.ts";
import type { SourceTree } from "../sources/source-tree.ts";
import type { CompilerRun, Compilers, CompilersRequest } from "./compilers.ts";

const sourceFolder = "/work/src";

/** What all images and containers of a build have in common. */
export interface DockerSurroundings extends Pick<
  EnsureImageOptions,
  "certificates" | "proxyArguments" | "networkMode" | "pull" | "signal"
> {
  readonly daemon: Daemon;
  readonly facts: PlatformFacts;
  readonly baseImages: Partial<Readonly<Record<Platform, string>>>;
  readonly memoryMib: number | undefined;
  /** What to do for another architecture than the daemon's: compile across, or let qemu run the platform's own image. */
  readonly foreign: "cross" | "emulate";
  readonly onNotice: (message: string) => void;
}

/**
 * Ensures the images and hands out the compilers.
 *
 * @throws DockerError as ensureImage
 */
export async function dockerCompilers(request: CompilersRequest, surroundings: DockerSurroundings): Promise<Compilers> {
  const { daemon, facts, foreign, onNotice } = surroundings;
  const { architecture } = await daemon.info();
  const isForeign = architecture !== facts.architecture;
  const isEmulated = isForeign && request.linksLibraries && foreign === "emulate";
  const isCross = isForeign && request.linksLibraries && !isEmulated;
  const machine = isForeign && !isEmulated ? platforms[`${facts.imageFolder}-${architecture}`] : facts;
  if (isEmulated) {
    onNotice(
      `The daemon's machine is ${architecture}: qemu runs the compilers for ${facts.platform}, about ten times slower`,
    );
  }
  const images = { ...surroundings, onEvent: imageLog(request.onLog) };
  // First, since it is the one that may turn out to be impossible.
  const target = isCross ? await ensureToolchain("make", facts, images) : undefined;
  const own = await ensureToolchain(request.image, machine, images);
  const image = target === undefined ? own : await ensureCross(own, target, machine, images);
  return compilersOf(image, machine, isCross, surroundings);
}

type ImageSurroundings = DockerSurroundings & Pick<EnsureImageOptions, "onEvent">;

/** The platform's image, that for C and C++ on top of it, and that of the toolchain on top of that. */
async function ensureToolchain(
  toolchain: ToolchainImage,
  facts: PlatformFacts,
  surroundings: ImageSurroundings,
): Promise<string> {
  const { daemon, baseImages } = surroundings;
  const platformImage = await ensureImage(daemon, { ...surroundings, facts, baseImage: baseImages[facts.platform] });
  // Only the lowest image has a base in a registry.
  const onTop = { ...surroundings, facts, pull: false, certificates: undefined };
  const make = await ensureImage(daemon, { ...onTop, toolchain: "make", baseImage: platformImage.reference });
  if (toolchain === "make") return make.reference;
  return (await ensureImage(daemon, { ...onTop, toolchain, baseImage: make.reference })).reference;
}

/** Compilers of the machine beside the libraries of the target. */
async function ensureCross(
  image: string,
  target: string,
  machine: PlatformFacts,
  surroundings: ImageSurroundings,
): Promise<string> {
  const { daemon, facts } = surroundings;
  const cross = await ensureImage(daemon, {
    ...surroundings,
    facts: machine,
    pull: false,
    certificates: undefined,
    toolchain: "cross",
    baseImage: image,
    buildArguments: {
      TARGET_IMAGE: target,
      TARGET_MACHINE: machineNames[facts.architecture],
    },
  });
  return cross.reference;
}

/** As `uname -m` and the first part of a target triple spell it. */
const machineNames: Readonly<Record<Architecture, string>> = { x86_64: "x86_64", arm64: "aarch64" };

function compilersOf(
  image: string,
  machine: PlatformFacts,
  isCross: boolean,
  surroundings: DockerSurroundings,
): Compilers {
  return {
    site: "docker",
    image,
    architecture: machine.architecture,
    isCross,
    pathOf,
    run: (run) =>
      runInContainer(run, { ...surroundings, image, machine, workingDirectory: pathOf(run.tree, run.folder) }),
  };
}

interface Container extends DockerSurroundings {
  readonly image: string;
  readonly machine: PlatformFacts;
  readonly workingDirectory: string;
}

async function runInContainer(run: CompilerRun, container: Container): Promise<string> {
  const { daemon, image, machine, workingDirectory, networkMode, memoryMib, proxyArguments = {} } = container;
  const tail = new LogTail(run.onLog);
  const messages: Buffer[] = [];
  const stdout = (): string => Buffer.concat(messages).toString("utf8");
  const exit = await runContainer(daemon, {
    image,
    facts: machine,
    command: ["/bin/sh", "-ec", run.commands.map((words) => words.map(quoted).join(" ")).join("\n")],
    workingDirectory,
    environment: { HOME: "/work", ...proxyArguments, ...run.environment },
    networkMode,
    memoryMib,
    mounts: run.caches.map(({ name, path, project }) => ({
      volume: `${volumePrefix}${name}`,
      path,
      ...(project === undefined ? {} : { labels: projectLabels(project) }),
    })),
    files: run.tree.entries.map((entry) => ({
      ...entry,
      path: posix.join(sourceFolder, entry.path.split(sep).join("/")),
    })),
    outputs: ({ exitCode }) => (exitCode === 0 ? run.outputs(stdout()) : []),
    onOutput(stream, chunk) {
      if (stream === "stdout") messages.push(chunk);
      if (stream === "stderr" || run.stdout === "log") tail.write(chunk, stream);
    },
    signal: run.signal,
  });
  const logTail = tail.end();
  const program = run.commands[0]?.[0] ?? "";
  if (exit.exitCode !== 0) {
    const why = exit.outOfMemory ? "ran out of memory" : `ended with exit code ${exit.exitCode}`;
    // Not every daemon tells a process that the kernel killed for want of memory from one that somebody killed.
    const isHungry = exit.outOfMemory || exit.exitCode === killedExitCode;
    throw new BuilderError("COMPILE_FAILED", `${program} ${why} in a container of ${machine.platform}`, {
      exitCode: exit.exitCode,
      logTail,
      ...(isHungry ? { hint: "Give the container more by --memory, or the daemon's machine more" } : {}),
    });
  }
  const missing = run.outputs(stdout()).find(({ path }) => !exit.outputs.has(path));
  if (missing === undefined) return stdout();
  throw new BuilderError("COMPILE_FAILED", `${program} ended well, but there is no ${missing.path} afterwards`, {
    logTail,
  });
}

function pathOf({ root }: SourceTree, folder: string): string {
  return posix.join(sourceFolder, ...relative(root, realpathSync(folder)).split(sep));
}

/** A word for the container's shell; what is in it means nothing there. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
