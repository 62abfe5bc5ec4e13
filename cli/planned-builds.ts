/** Projects, flags and the configuration file → what is to be built for which platform. Flags override the file. */
import { statSync } from "node:fs";
import { basename, dirname, join, parse, resolve } from "node:path";
import type { EngineName } from "../builder/index.ts";
import type { FunctionConfig } from "../config/index.ts";
import { parsePlatform, platformNames, type Platform } from "../images/platforms.ts";
import { checkNames, readConfig } from "./configured-functions.ts";
import { UsageError } from "./usage-error.ts";

/** The flags that say what is built. */
export interface BuildFlags {
  readonly config?: string;
  readonly platform?: readonly Platform[];
  readonly engine?: EngineName;
  readonly handler?: string;
  readonly outDir?: string;
  readonly format?: "zip" | "executable";
}

/** One project for one platform. */
export interface PlannedBuild {
  /** Names it in the output. */
  readonly label: string;
  /** Of the function where it is deployed: that in the configuration file, else the folder's or module's. */
  readonly functionName: string;
  readonly project: string;
  readonly platform: Platform;
  readonly engine: EngineName | undefined;
  readonly handler: string | undefined;
  /** How it is built, by the configuration file. */
  readonly build: FunctionConfig["build"];
  /** Folder for the archive; undefined: beside the project. */
  readonly outDir: string | undefined;
  readonly fileName: string;
}

/**
 * Names of functions in the configuration file stand for them; without any name or path it stands for all.
 *
 * @throws UsageError, also where two builds would write the same file; ConfigError
 */
export async function plannedBuilds(projects: readonly string[], flags: BuildFlags): Promise<readonly PlannedBuild[]> {
  const builds = await planAll(projects, flags);
  refuseSamePlace(builds);
  return builds;
}

async function planAll(projects: readonly string[], flags: BuildFlags): Promise<readonly PlannedBuild[]> {
  const config = await readConfig(projects, flags.config);
  if (config === undefined) {
    const paths = projects.length === 0 ? ["."] : projects;
    if (paths.length === 1) return paths.flatMap((project) => plan(project, undefined, { source: project }, flags));
    // Several archives in one folder are named after their projects.
    return paths.flatMap((project) => {
      const name = flags.outDir === undefined ? undefined : nameOf(project);
      return plan(project, name, { source: project }, flags).map((each) => ({
        ...each,
        label: `${project} ${each.platform}`,
      }));
    });
  }
  checkNames(projects, config);
  const names = projects.length === 0 ? Object.keys(config.functions) : projects;
  // Archives of a file's functions stand side by side, named after them.
  const outDir = dirname(config.path);
  return [...new Set(names)].flatMap((name) =>
    plan(name, name, config.functions[name] as FunctionConfig, { outDir, ...flags }),
  );
}

/** Whichever came last would win, unnoticed. */
function refuseSamePlace(builds: readonly PlannedBuild[]): void {
  const places = new Map<string, PlannedBuild>();
  for (const build of builds) {
    const place = join(resolve(build.outDir ?? folderOf(build.project)), build.fileName);
    const other = places.get(place);
    if (other !== undefined) {
      throw new UsageError(
        `${other.label} and ${build.label} would both write ${place}`,
        "Build them one by one, with different --out-dir",
      );
    }
    places.set(place, build);
  }
}

/** `examples/hello` and `examples/hello/handler.ts` → `hello`; `src/api.ts` → `api` */
function nameOf(project: string): string {
  const { name } = parse(resolve(project));
  const isModule = folderOf(project) !== project;
  if (!isModule) return basename(resolve(project));
  return ["handler", "index", "main"].includes(name) ? basename(resolve(folderOf(project))) : name;
}

/** Where the builder puts an archive by default. */
function folderOf(project: string): string {
  return statSync(project, { throwIfNoEntry: false })?.isFile() === true ? dirname(project) : project;
}

function plan(label: string, name: string | undefined, config: FunctionConfig, flags: BuildFlags): PlannedBuild[] {
  const platforms = flags.platform ?? [config.platform ?? []].flat().map((each) => readPlatform(label, each));
  // Not commander's own check: it would come before, and hide, the suggestion for a misspelt --platform.
  if (platforms.length === 0) {
    throw new UsageError("No --platform was given", `Platforms: ${platformNames.join(", ")}`);
  }
  return platforms.map((platform) => ({
    label: name === undefined ? platform : `${name} ${platform}`,
    functionName: name ?? nameOf(config.source),
    project: config.source,
    platform,
    engine: flags.engine ?? config.engine,
    handler: flags.handler ?? config.handler,
    build: config.build,
    outDir: flags.outDir,
    fileName: fileNameOf(name, platforms.length === 1 ? undefined : platform, flags.format),
  }));
}

/** `orders-al2-arm64.zip`, `bootstrap-orders-al2-arm64` */
function fileNameOf(name: string | undefined, platform: Platform | undefined, format: BuildFlags["format"]): string {
  const isExecutable = format === "executable";
  const parts = isExecutable ? ["bootstrap", name, platform] : [name ?? "function", platform];
  return `${parts.filter((part) => part !== undefined).join("-")}${isExecutable ? "" : ".zip"}`;
}

function readPlatform(name: string, spelling: string): Platform {
  const platform = parsePlatform(spelling);
  if (platform !== undefined) return platform;
  throw new UsageError(`${name} is to be built for "${spelling}"`, `Platforms: ${platformNames.join(", ")}`);
}
