/** Projects, flags and the configuration file → what is to be built for which platform. Flags override the file. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { EngineName } from "../builder/index.ts";
import type { FunctionConfig } from "../config/index.ts";
import { parsePlatform, platformNames, type Platform } from "../images/platforms.ts";
import { UsageError } from "./usage-error.ts";

/** The flags that say what is built. */
export interface BuildFlags {
  readonly config?: string;
  readonly platform?: readonly Platform[];
  readonly engine?: EngineName;
  readonly handler?: string;
  readonly outDir?: string;
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
  const functions = await readFunctions(projects, flags);
  if (functions === undefined) {
    const paths = projects.length === 0 ? ["."] : projects;
    return paths.flatMap((project) => plan(project, undefined, { source: project }, flags));
  }
  return Object.entries(functions.byName).flatMap(([name, each]) =>
    // Archives of a file's functions stand side by side, named after them.
    plan(name, name, each, { outDir: dirname(functions.path), ...flags }),
  );
}

function plan(label: string, name: string | undefined, config: FunctionConfig, flags: BuildFlags): PlannedBuild[] {
  const platforms = flags.platform ?? [config.platform ?? []].flat().map((each) => readPlatform(label, each));
  // Not commander's own check: it would come before, and hide, the suggestion for a misspelt --platform.
  if (platforms.length === 0) {
    throw new UsageError("No --platform was given", `Platforms: ${platformNames.join(", ")}`);
  }
  return platforms.map((platform) => ({
    label: name === undefined ? platform : `${name} ${platform}`,
    project: config.source,
    platform,
    engine: flags.engine ?? config.engine,
    handler: flags.handler ?? config.handler,
    outDir: flags.outDir,
    fileName: `${name ?? "function"}${platforms.length === 1 ? "" : `-${platform}`}.zip`,
  }));
}

function readPlatform(name: string, spelling: string): Platform {
  const platform = parsePlatform(spelling);
  if (platform !== undefined) return platform;
  throw new UsageError(`${name} is to be built for "${spelling}"`, `Platforms: ${platformNames.join(", ")}`);
}

async function readFunctions(
  projects: readonly string[],
  flags: BuildFlags,
): Promise<{ readonly path: string; readonly byName: Readonly<Record<string, FunctionConfig>> } | undefined> {
  if (flags.config === undefined && projects.some((project) => existsSync(project))) return undefined;
  const { findConfig, loadConfig } = await import("../config/index.ts");
  const path = flags.config ?? findConfig(".");
  if (path === undefined) return undefined;
  const { functions } = await loadConfig(path);
  const unknown = projects.find((name) => !Object.hasOwn(functions, name));
  if (unknown !== undefined) {
    const names = Object.keys(functions).join(", ");
    throw new UsageError(`There is nothing at ${unknown}, and no such function in ${path}`, `Functions: ${names}`);
  }
  const chosen = projects.length === 0 ? Object.keys(functions) : projects;
  return { path, byName: Object.fromEntries(chosen.map((name) => [name, functions[name] as FunctionConfig])) };
}
