/** The shape of `lambda.config.ts`, which `emulate` and `build` both read. */
import type { FunctionOptions } from "../emulator/index.ts";
import type { Platform } from "../images/platforms.ts";

/** One function: the options of `startEmulator`, and what `build` needs. Paths are relative to the configuration file. */
export interface FunctionConfig extends Omit<FunctionOptions, "platform" | "engine" | "inspect"> {
  /** What `build` builds for; `emulate` runs an archive in a container of the first. */
  readonly platform?: Platform | readonly Platform[];
  /** JavaScript engine of the executable; `emulate` runs a source on it. */
  readonly engine?: "bun" | "node";
}

/** All functions of a project. */
export interface LambdaConfig {
  /** By function name. */
  readonly functions: Readonly<Record<string, FunctionConfig>>;
  readonly region?: string;
  readonly accountId?: string;
}

/** Gives a configuration its types; returns it as it is. */
export function defineConfig(config: LambdaConfig): LambdaConfig {
  return config;
}

const configKeys: readonly (keyof LambdaConfig)[] = ["functions", "region", "accountId"];
const functionKeys: readonly (keyof FunctionConfig)[] = [
  "source",
  "handler",
  "timeoutMs",
  "memoryMib",
  "environment",
  "concurrency",
  "warm",
  "idleTimeoutMs",
  "tenantIsolation",
  "layers",
  "logging",
  "eventInvokeConfig",
  "platform",
  "engine",
];

/** Names of members: those of a configuration, and those of a function in it. */
export const knownKeys: { readonly config: readonly string[]; readonly function: readonly string[] } = {
  config: configKeys,
  function: functionKeys,
};
