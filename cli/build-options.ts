/** The flags of `build`, in groups, and the builder's options that they stand for. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { BuildOptions } from "../builder/index.ts";
import type { CommandContext } from "./main.ts";
import {
  baseImagesOf,
  cacheOption,
  collectPlatform,
  collectText,
  collectVariable,
  wholeNumber,
  type CommonOptions,
} from "./options.ts";
import type { BuildFlags } from "./planned-builds.ts";
import { snippetNames, type SnippetName } from "./snippets.ts";

/** What commander makes of them. */
export interface BuildCommandOptions extends CommonOptions, BuildFlags {
  readonly toolchain?: NonNullable<BuildOptions["toolchain"]>;
  readonly site?: "docker" | "host";
  readonly smokeEvent?: string;
  readonly smokeEnv?: Readonly<Record<string, string>>;
  /** False with --no-smoke-run. */
  readonly smokeRun: boolean;
  readonly ignoreWarning?: readonly string[];
  readonly external?: readonly string[];
  readonly define?: Readonly<Record<string, string>>;
  readonly minify?: true;
  readonly sourcemap?: true;
  readonly enginePath?: readonly string[];
  readonly include?: readonly string[];
  readonly explain?: true;
  readonly snippet?: SnippetName;
  readonly clearCache?: true;
  readonly jobs?: number;
  readonly format?: "zip" | "executable";
  /** False with --no-manifest. */
  readonly manifest: boolean;
  readonly bin?: readonly string[];
  readonly features?: readonly string[];
  readonly profile?: string;
  readonly targetCpu?: string;
  readonly goPackage?: string;
  readonly dockerHost?: readonly string[];
  readonly ca?: string;
  readonly network?: string;
  readonly pull?: true;
  readonly memory?: number;
  readonly foreign?: "cross" | "emulate";
}

const toolchains: readonly string[] = ["typescript", "rust", "go", "make", "cmake"];

/** Adds them, without those that `emulate` has, too. */
export function addBuildOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--platform <platform>", "al2-x86_64, al2-arm64, al2023-x86_64 or al2023-arm64; repeatable").argParser(
        collectPlatform,
      ),
    )
    .addOption(
      new Option("--toolchain <toolchain>", "how it is compiled (default: detected by its files)").choices(toolchains),
    )
    .addOption(
      new Option("--site <site>", "where it is built (default: docker when a daemon answers)").choices([
        "docker",
        "host",
      ]),
    )
    .option("--include <[name:]path>", "file or folder to pack beside the bootstrap, repeatable", collectText)
    .option("--config <file>", "configuration file (default: lambda.config.ts, .js or .json in this folder)")
    .option("--out-dir <folder>", "folder for the archives (default: the project's)")
    .addOption(
      new Option("--format <format>", "the archive, or its bootstrap alone (default: zip)").choices([
        "zip",
        "executable",
      ]),
    )
    .addOption(
      new Option("--snippet <tool>", "print what deploys the archives, in place of their paths").choices([
        ...snippetNames,
      ]),
    )
    .option("--explain", "print what would be done, and do nothing")
    .option("--clear-cache", "remove what earlier builds have kept: engines, volumes and images, and do nothing else")
    .option("--no-manifest", "write no .manifest.json beside the archive")
    .option("--smoke-event <json>", "event of the smoke run (default: {})")
    .option("--smoke-env <KEY=VALUE>", "variable that the function needs in the smoke run, repeatable", collectVariable)
    .addOption(
      new Option("--jobs <number>", "builds at a time (default: the processors, at most 4)").argParser(
        wholeNumber(1, 64),
      ),
    )
    .option("--no-smoke-run", "do not start the bootstrap once it is built")
    .option("--ignore-warning <code>", "such as PLATFORM_DEPRECATED; repeatable", collectText)
    .optionsGroup("TypeScript and JavaScript:")
    .addOption(
      new Option("--engine <engine>", "JavaScript engine (default: bun for al2, node for al2023)").choices([
        "bun",
        "node",
        "native",
      ]),
    )
    .option(
      "--engine-path <file>",
      "executable of the engine for the platform instead of the one on npm, or of the native one that would be " +
        "compiled; repeatable: the other one is the site's",
      collectText,
    )
    .option("--handler <export>", 'export of the handler module (default: "handler")')
    .option("--external <package>", "installed beside the bootstrap instead of bundled, repeatable", collectText)
    .option("--define <name=expression>", "JavaScript in the place of a global name, repeatable", collectVariable)
    .option("--minify", "make the bundle smaller; names of functions and classes stay")
    .option("--sourcemap", "positions in stacks are those of the sources")
    .optionsGroup("Rust and Go:")
    .option("--bin <name>", "binary of a Cargo workspace, repeatable (default: all, an archive each)", collectText)
    .option("--features <names>", "features of the crate, with commas between", (value) => value.split(","))
    .option("--profile <name>", 'profile in Cargo.toml (default: "release")')
    .option("--target-cpu <name>", "such as neoverse-n1: all of Lambda's arm64 (default: any)")
    .option("--go-package <path>", 'Go package to build, such as ./cmd/api (default: ".")', goPackage)
    .optionsGroup("Docker:")
    .option(
      "--docker-host <address>",
      "daemon to use instead of looking for one; of several the native one",
      collectText,
    )
    .addOption(
      new Option("--foreign <way>", "for another architecture than the daemon's (default: cross)").choices([
        "cross",
        "emulate",
      ]),
    )
    .option("--ca <file>", "PEM file with certificates to trust, for a network that signs TLS anew")
    .option("--network <name>", "network of image builds and compilers (default: the daemon's)")
    .option("--pull", "ask the registry for a newer base image")
    .addOption(
      new Option("--memory <mib>", "memory limit of the compilers' container").argParser(wholeNumber(64, 1_048_576)),
    );
}

/** What all builds of one command have in common. */
export function commonBuildOptions(
  options: BuildCommandOptions,
  { environment, signal }: CommandContext,
): Omit<BuildOptions, "platform"> {
  const given = {
    toolchain: options.toolchain,
    format: options.format,
    site: options.site,
    smokeEvent: options.smokeEvent,
    smokeEnv: options.smokeEnv,
    ignoreWarnings: options.ignoreWarning,
    include: options.include,
    external: options.external,
    define: options.define,
    minify: options.minify,
    sourcemap: options.sourcemap,
    enginePaths: options.enginePath,
    binaries: options.bin,
    features: options.features,
    profile: options.profile,
    targetCpu: options.targetCpu,
    goPackage: options.goPackage,
  };
  const docker = {
    hosts: options.dockerHost,
    foreign: options.foreign,
    certificatesPath: options.ca,
    networkMode: options.network,
    pull: options.pull,
    memoryMib: options.memory,
  };
  return {
    ...present(given),
    smokeRun: options.smokeRun,
    manifest: options.manifest,
    ...cacheOption(environment),
    docker: { ...present(docker), baseImages: baseImagesOf(options), environment },
    signal,
  };
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the flags that were not given. */
function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}

function goPackage(value: string): string {
  if (value === "." || value.startsWith("./")) return value;
  throw new InvalidArgumentError("It must begin with ./");
}
