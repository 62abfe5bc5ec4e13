/** The shape of `lambda.config.ts`, which `emulate` and `build` both read. */
import type { ApiOptions, FunctionOptions } from "../emulator/index.ts";
import type { Platform } from "../images/platforms.ts";

/** What only `build` asks of a function: its flags of the same names in kebab case, and their meaning. */
export interface BuildConfig {
  readonly toolchain?: "typescript" | "rust" | "go" | "make" | "cmake";
  /** Packages installed beside the bootstrap instead of bundled. */
  readonly external?: readonly string[];
  /** JavaScript expressions by the names they take the place of. */
  readonly define?: Readonly<Record<string, string>>;
  readonly minify?: boolean;
  readonly sourcemap?: boolean;
  /** Files and folders to pack, by their name in the archive. */
  readonly include?: Readonly<Record<string, string>>;
  /** Binaries of a Cargo workspace. */
  readonly binaries?: readonly string[];
  readonly features?: readonly string[];
  readonly profile?: string;
  readonly targetCpu?: string;
  readonly goPackage?: string;
}

/** One function: the options of `startEmulator`, and what `build` needs. Paths are relative to the configuration file. */
export interface FunctionConfig extends Omit<FunctionOptions, "platform" | "engine" | "inspect"> {
  /** What `build` builds for; `emulate` runs an archive in a container of the first. */
  readonly platform?: Platform | readonly Platform[];
  /** JavaScript engine of the executable; `emulate` runs a source on it. */
  readonly engine?: "bun" | "node" | "native";
  /** How it is built. */
  readonly build?: BuildConfig;
}

/** All functions of a project. */
export interface LambdaConfig {
  /** By function name. */
  readonly functions: Readonly<Record<string, FunctionConfig>>;
  readonly region?: string;
  readonly accountId?: string;
  readonly availabilityZoneId?: string;
  readonly xray?: string;
  /** Leads paths to the functions, as API Gateway or a load balancer does. */
  readonly api?: ApiOptions;
}

/** Gives a configuration its types; returns it as it is. */
export function defineConfig(config: LambdaConfig): LambdaConfig {
  return config;
}

const configKeys: readonly (keyof LambdaConfig)[] = [
  "functions",
  "region",
  "accountId",
  "availabilityZoneId",
  "xray",
  "api",
];
const functionKeys: readonly (keyof FunctionConfig)[] = [
  "source",
  "handler",
  "timeoutMs",
  "memoryMib",
  "environment",
  "concurrency",
  "maxConcurrency",
  "warm",
  "idleTimeoutMs",
  "tenantIsolation",
  "layers",
  "logging",
  "eventInvokeConfig",
  "schedules",
  "url",
  "snapStart",
  "streamPacing",
  "platform",
  "engine",
  "build",
];
const buildKeys: readonly (keyof BuildConfig)[] = [
  "toolchain",
  "external",
  "define",
  "minify",
  "sourcemap",
  "include",
  "binaries",
  "features",
  "profile",
  "targetCpu",
  "goPackage",
];

/** Names of members: those of a configuration, of a function in it, and of how that is built. */
export const knownKeys: Readonly<Record<"config" | "function" | "build", readonly string[]>> = {
  config: configKeys,
  function: functionKeys,
  build: buildKeys,
};
