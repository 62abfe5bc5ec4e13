/** Where the commands of a toolchain run. */
import type { Compilers, CompilersRequest } from "./compilers.ts";
import type { EngineSystem } from "../engines/engine-packages.ts";

/** A file that goes into the working folder of a command. */
export interface SiteInput {
  /** Name in the working folder. */
  readonly name: string;
  readonly content: Uint8Array | { readonly fromFile: string };
  /** @default false */
  readonly isExecutable?: boolean;
  /** It is large, and the name of its file on this machine tells it from all others: a site may keep it. @default false */
  readonly isEngine?: boolean;
}

/** One command with the files it reads and the one it writes; nothing else is visible to it. */
export interface SiteCommand {
  /** Name of the input that is executed. */
  readonly executable: string;
  /** @param output where it has to write the output */
  readonly args: (output: string) => readonly string[];
  readonly inputs: readonly SiteInput[];
  /** Name of the file the command writes, into its working folder unless it is the bootstrap. */
  readonly output: string;
  /** The output is what is started in the end: the command writes it where it is told to. @default false */
  readonly isBootstrap?: boolean;
  /** Where that file is put on this machine. */
  readonly destination: string;
  readonly onLog: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** The output of a command that has ended well. */
export interface SiteOutput {
  /** Resolves when the file is at its destination, as it comes from afar; undefined where it is there already. */
  readonly arrived?: Promise<void> | undefined;
}

/** A build site. */
export interface BuildSite {
  readonly name: "host" | "docker";
  /** Reference of the image that commands run in; undefined for this machine. */
  readonly image: string | undefined;
  /** What an executable has to be made for in order to run here. */
  readonly system: EngineSystem;
  /**
   * Runs the command in a fresh working folder, to its end.
   *
   * @throws BuilderError `COMPILE_FAILED` with the last lines of its output
   */
  run(command: SiteCommand): Promise<SiteOutput>;
  /**
   * Compilers of the site that make executables for its platform.
   *
   * @throws DockerError where their image cannot be had
   */
  compilers(request: CompilersRequest): Promise<Compilers>;
}
