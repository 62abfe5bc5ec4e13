/**
 * The configuration file of a project: its functions, for `emulate` and `build`.
 *
 * @module
 */
export { defineConfig } from "./lambda-config.ts";
export type { BuildConfig, FunctionConfig, LambdaConfig } from "./lambda-config.ts";
export { findConfig, loadConfig } from "./load-config.ts";
export type { LoadedConfig } from "./load-config.ts";
export { nearestName } from "./nearest-name.ts";
export { ConfigError } from "./errors.ts";
export type { ConfigErrorCode } from "./errors.ts";
