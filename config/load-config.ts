/** Finds, runs and checks a configuration file. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "./errors.ts";
import { knownKeys, type FunctionConfig, type LambdaConfig } from "./lambda-config.ts";
import { checkFunctionValues, isObject } from "./member-values.ts";
import { nearestName } from "./nearest-name.ts";

/** Names of a configuration file, the first that exists is taken. */
const configFileNames: readonly string[] = ["ts", "mts", "js", "mjs", "json"].map(
  (extension) => `lambda.config.${extension}`,
);

/** A configuration with absolute paths. */
export interface LoadedConfig extends LambdaConfig {
  /** The file it was read from. */
  readonly path: string;
}

/** The configuration file of a folder; undefined when it has none. */
export function findConfig(folder: string): string | undefined {
  return configFileNames.map((name) => join(resolve(folder), name)).find((path) => existsSync(path));
}

/**
 * Reads a configuration. TypeScript is run by Node.js itself, which removes the types.
 *
 * @throws ConfigError
 */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const absolute = resolve(path);
  const config = checkConfig(absolute, await readConfig(absolute));
  const folder = dirname(absolute);
  const functions = Object.entries(config.functions).map(([name, each]) => [name, resolvePaths(folder, each)]);
  return { ...config, functions: Object.fromEntries(functions) as LambdaConfig["functions"], path: absolute };
}

async function readConfig(path: string): Promise<unknown> {
  try {
    if (extname(path) === ".json") return JSON.parse(await readFile(path, "utf8")) as unknown;
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    return module.default;
  } catch (cause) {
    throw new ConfigError("CONFIG_NOT_LOADED", `${path} cannot be loaded: ${reasonOf(cause, path)}`, { cause });
  }
}

/** The position of an error in TypeScript stands in the first line of its stack only. */
function reasonOf(cause: unknown, path: string): string {
  const { code, message, stack = "" } = cause as NodeJS.ErrnoException;
  if (code === "ERR_MODULE_NOT_FOUND" && !existsSync(path)) return "there is no such file";
  const [, file, line] = /^(.*):(\d+)\n/.exec(stack) ?? [];
  return file === path ? `line ${line}: ${message}` : message;
}

function checkConfig(path: string, config: unknown): LambdaConfig {
  if (!isObject(config)) {
    throw new ConfigError("BAD_CONFIG", `${path} has no default export with functions`, {
      hint: "export default defineConfig({ functions: { hello: { source: './handler.ts' } } })",
    });
  }
  checkKeys(path, config, knownKeys.config);
  const { functions, api } = config;
  if (!isObject(functions) || Object.keys(functions).length === 0) {
    throw new ConfigError("BAD_CONFIG", `${path}: functions must be an object with at least one function`);
  }
  if (api !== undefined && !isObject(api)) {
    throw new ConfigError("BAD_CONFIG", `${path}: api must be an object with type and routes`);
  }
  for (const [name, each] of Object.entries(functions)) {
    if (!isObject(each)) throw new ConfigError("BAD_CONFIG", `${path}: functions.${name} must be an object`);
    checkKeys(`${path}: functions.${name}`, each, knownKeys.function);
    checkFunctionValues(`${path}: functions.${name}`, each);
    checkKeys(`${path}: functions.${name}.build`, each["build"] ?? {}, knownKeys.build);
  }
  return config as unknown as LambdaConfig;
}

function checkKeys(owner: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = nearestName(unknown, known);
  throw new ConfigError("BAD_CONFIG", `${owner} has an unknown member "${unknown}"`, {
    hint: meant === undefined ? `Members: ${known.join(", ")}` : `Did you mean ${meant}?`,
  });
}

function resolvePaths(folder: string, config: FunctionConfig): FunctionConfig {
  const { source, layers, eventInvokeConfig, build } = config;
  return {
    ...config,
    source: resolve(folder, source),
    ...(layers === undefined ? {} : { layers: layers.map((each) => resolve(folder, each)) }),
    ...(build?.include === undefined ? {} : { build: { ...build, include: resolveAll(folder, build.include) } }),
    ...(eventInvokeConfig === undefined ? {} : { eventInvokeConfig: resolveDestinations(folder, eventInvokeConfig) }),
  };
}

function resolveAll(folder: string, paths: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, resolve(folder, path)]));
}

function resolveDestinations(
  folder: string,
  config: NonNullable<FunctionConfig["eventInvokeConfig"]>,
): NonNullable<FunctionConfig["eventInvokeConfig"]> {
  const entries = Object.entries(config).map(([name, value]) => [
    name,
    isFilePath(value) ? resolve(folder, value) : (value as unknown),
  ]);
  return Object.fromEntries(entries) as typeof config;
}

function isFilePath(value: unknown): value is string {
  return typeof value === "string" && value.endsWith(".jsonl") && !/^\w+:\/\//.test(value);
}
