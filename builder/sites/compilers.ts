/** Compilers that work on a whole project, at a site. */
import type { ToolchainImage } from "../../docker/index.ts";
import type { Architecture, PlatformFacts } from "../../images/platforms.ts";
import type { SourceTree } from "../sources/source-tree.ts";

/** What a toolchain asks of a site. */
export interface CompilersRequest {
  /** The image that holds them; the host has what it has. */
  readonly image: Exclude<ToolchainImage, "cross">;
  /** Whether their results are linked with the platform's libraries. Pure Go has no use for any. */
  readonly linksLibraries: boolean;
  /** What they compile for. @default the platform of the build */
  readonly facts?: PlatformFacts;
  readonly onLog: (line: string) => void;
}

/** A file that the compilers made. */
export interface CompilerOutput {
  /** Absolute path where they ran. */
  readonly path: string;
  /** Where it is put on this machine. */
  readonly destination: string;
}

/** A folder that outlives the run, so that the next one is quick. Only at the docker site: the host has its own. */
export interface CompilerCache {
  /** Name of the volume, without the prefix. */
  readonly name: string;
  /** Absolute path in the container. */
  readonly path: string;
  /** Folder of the project, for a cache that serves no other. */
  readonly project?: string;
}

/** Commands that run one after the other in the project's folder, until one fails. */
export interface CompilerRun {
  readonly tree: SourceTree;
  /** On this machine, inside of the tree. */
  readonly folder: string;
  readonly commands: readonly (readonly [string, ...string[]])[];
  readonly environment: Readonly<Record<string, string>>;
  readonly caches: readonly CompilerCache[];
  /** Asked after a good end, with what the commands wrote to stdout. */
  readonly outputs: (stdout: string) => readonly CompilerOutput[];
  /** `messages` are for `outputs` only; people read stderr. */
  readonly stdout: "log" | "messages";
  readonly onLog: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Compilers ready for use. */
export interface Compilers {
  readonly site: "docker" | "host";
  /** Reference of their image; undefined for this machine. */
  readonly image: string | undefined;
  /** Of the machine they run on; another than the platform's when they compile across. */
  readonly architecture: Architecture;
  /** Whether results are linked for another architecture than that of the machine the compilers run on. */
  readonly isCross: boolean;
  /** Where a folder of this machine's tree lies for them. */
  readonly pathOf: (tree: SourceTree, folder: string) => string;
  /**
   * Runs the commands.
   *
   * @throws BuilderError `COMPILE_FAILED` with the last lines of their output
   */
  run(run: CompilerRun): Promise<string>;
}

/** The folder of the cross compilers in the image `cross`. */
export const crossCompilersFolder = "/opt/cross/bin";
