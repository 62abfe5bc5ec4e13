/** What a build is asked for. */
import type { BuildEvent } from "./build-event.ts";
import type { EngineName } from "./engines/engine.ts";
import type { ToolchainName } from "./project.ts";
import type { DockerOptions } from "./sites/choose-site.ts";
import type { GoOptions } from "./toolchains/go.ts";
import type { RustOptions } from "./toolchains/rust.ts";
import type { TypescriptOptions } from "./toolchains/typescript.ts";

export interface BuildOptions extends TypescriptOptions, RustOptions, GoOptions {
  /** Folder of the project, or its module. @default "." */
  readonly project?: string;
  /** A platform in any accepted spelling. */
  readonly platform: string;
  /** How the project is compiled. @default detected by its files */
  readonly toolchain?: ToolchainName;
  /** Where the toolchain works. @default "docker" when a daemon answers, else "host" */
  readonly site?: "docker" | "host";
  /** @default "bun" for Amazon Linux 2, "node" for Amazon Linux 2023 */
  readonly engine?: EngineName;
  /** Folder for the archive. @default the project's */
  readonly outDir?: string;
  /** @default "function.zip", and the function's name in place of `function` where a project has several */
  readonly fileName?: string;
  /** Files and folders to pack beside the bootstrap: `path`, or `name:path` for another name. @default none */
  readonly include?: readonly string[];
  /** `executable`: the bootstrap alone, without an archive around it. @default "zip" */
  readonly format?: "zip" | "executable";
  /** Write what the archive was made from and holds into a JSON file beside it. @default true */
  readonly manifest?: boolean;
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
  /** Codes of warnings that are known and not to be told, such as `PLATFORM_DEPRECATED`. */
  readonly ignoreWarnings?: readonly string[];
  readonly onEvent?: (event: BuildEvent) => void;
  /** Calls the build off; everything begun is undone and the previous archive stays. */
  readonly signal?: AbortSignal;
}
