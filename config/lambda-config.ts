/** The shape of `lambda.config.ts`, which `emulate` and `build` both read. */
import type { Platform } from "../images/platforms.ts";

/** One function. Members without a note mean what the options of `startEmulator` of the same name mean. */
export interface FunctionConfig {
  /** Handler module, folder, `function.zip` or executable; relative to the configuration file, like all paths in it. */
  readonly source: string;
  readonly handler?: string;
  readonly timeoutMs?: number;
  readonly memoryMib?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly concurrency?: number;
  readonly warm?: number;
  readonly idleTimeoutMs?: number;
  readonly tenantIsolation?: boolean;
  readonly layers?: readonly string[];
  readonly logging?: {
    readonly format?: "Text" | "JSON";
    readonly applicationLogLevel?: "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL";
    readonly systemLogLevel?: "DEBUG" | "INFO" | "WARN";
  };
  readonly eventInvokeConfig?: {
    readonly maximumRetryAttempts?: number;
    readonly maximumEventAgeMs?: number;
    readonly retryDelaysMs?: readonly number[];
    readonly onSuccess?: string;
    readonly onFailure?: string;
    readonly deadLetterQueue?: string;
  };
  /** What `build` builds for; `emulate` runs archives and executables in a container of it. */
  readonly platform?: Platform | readonly Platform[];
  /** JavaScript engine of the executable. */
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
