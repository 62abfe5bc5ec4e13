/** Projects, flags and the configuration file → what is to be built for which platform. Flags override the file. */
import { dirname, join, parse, resolve } from "node:path";
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
  readonly project: string;
  readonly platform: Platform;
  readonly engine: EngineName | undefined;
  readonly handler: string | undefined;
  /** Folder for the archive; undefined: beside the project. */
  readonly outDir: string | undefined;
  readonly fileName: string;
}

/** Names of functions in the configuration file stand for them; without any name or path it stands for all. */
export async function plannedBuilds(projects: readonly string[], flags: BuildFlags): Promise<readonly PlannedBuild[]> {
  const config = await readConfig(projects, flags.config);
  if (config === undefined) {
    const paths = projects.length === 0 ? ["."] : projects;
    if (paths.length === 1) return paths.flatMap((project) => plan(project, undefined, { source: project }, flags));
    // Several archives in one folder are named after their projects.
    const builds = paths.flatMap((project) => {
      const name = parse(resolve(project)).name;
      return plan(name, flags.outDir === undefined ? undefined : name, { source: project }, flags).map((each) => ({
        ...each,
        label: `${project} ${each.platform}`,
      }));
    });
    refuseSamePlace(builds);
    return builds;
  }
  checkNames(projects, config);
  const names = projects.length === 0 ? Object.keys(config.functions) : projects;
  // Archives of a file's functions stand side by side, named after them.
  const outDir = dirname(config.path);
  return [...new Set(names)].flatMap((name) =>
    plan(name, name, config.functions[name] as FunctionConfig, { outDir, ...flags }),
  );
}

function refuseSamePlace(builds: readonly PlannedBuild[]): void {
  const places = new Map<string, PlannedBuild>();
  for (const build of builds) {
    const place = join(build.outDir ?? resolve(build.project), build.fileName);
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

function plan(label: string, name: string | undefined, config: FunctionConfig, flags: BuildFlags): PlannedBuild[] {
  const platforms = flags.platform ?? [config.platform ?? []].flat().map((each) => readPlatform(label, each));
  // Not commander's own check: it would come before, and hide, the suggestion for a misspelt --platform.
  if (platforms.length === 0) {
    throw new UsageError("No --platform was given", `Platforms: ${platformNames.join(", ")}`);
  }
  const isExecutable = flags.format === "executable";
  const [defaultName, extension] = isExecutable ? ["bootstrap", ""] : ["function", ".zip"];
  return platforms.map((platform) => ({
    label: name === undefined ? platform : `${name} ${platform}`,
    project: config.source,
    platform,
    engine: flags.engine ?? config.engine,
    handler: flags.handler ?? config.handler,
    outDir: flags.outDir,
    fileName: `${name ?? defaultName}${platforms.length === 1 ? "" : `-${platform}`}${extension}`,
  }));
}

function readPlatform(name: string, spelling: string): Platform {
  const platform = parsePlatform(spelling);
  if (platform !== undefined) return platform;
  throw new UsageError(`${name} is to be built for "${spelling}"`, `Platforms: ${platformNames.join(", ")}`);
}
