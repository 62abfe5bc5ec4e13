/** The functions of the configuration file, as both commands find them. */
import { existsSync } from "node:fs";
import type { LoadedConfig } from "../config/index.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Reads the file that `--config` names; without it the one of this folder, unless something lies at one of the paths.
 *
 * @returns undefined where no file is meant, or none is there
 * @throws ConfigError
 */
export async function readConfig(
  paths: readonly string[],
  configFile: string | undefined,
): Promise<LoadedConfig | undefined> {
  if (configFile === undefined && paths.some((path) => existsSync(path))) return undefined;
  const { findConfig, loadConfig } = await import("../config/index.ts");
  const file = configFile ?? findConfig(".");
  return file === undefined ? undefined : loadConfig(file);
}

/** @throws UsageError for a name that the file does not have */
export function checkNames(names: readonly string[], { path, functions }: LoadedConfig): void {
  const unknown = names.find((name) => !Object.hasOwn(functions, name));
  if (unknown === undefined) return;
  throw new UsageError(
    `There is nothing at ${unknown}, and no such function in ${path}`,
    `Functions: ${Object.keys(functions).join(", ")}`,
  );
}
