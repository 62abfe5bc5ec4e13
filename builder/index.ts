/**
 * The builder: project → `function.zip` that is proven to start on its platform.
 *
 * @module
 */
export { clearCache } from "./clear-cache.ts";
export type { ClearCacheOptions, ClearedCache } from "./clear-cache.ts";
export { explain } from "./explain.ts";
export type { Explanation } from "./explain.ts";
export type { ExplainedImage } from "./explain-images.ts";
export { build, buildAll } from "./build.ts";
export type { BuildOptions } from "./build-options.ts";
export type { BuildEvent, BuildStep } from "./build-event.ts";
export type { BuildReport, BuildResult } from "./build-report.ts";
export type { DockerOptions } from "./sites/choose-site.ts";
export { hostEngine } from "./engines/host-engine.ts";
export { readCargoExecutables } from "./toolchains/cargo-messages.ts";
export type { CargoExecutable } from "./toolchains/cargo-messages.ts";
export { toolchainNames } from "./project.ts";
export type { ToolchainName } from "./project.ts";
export type { EngineName } from "./engines/engine.ts";
export { BuilderError } from "./errors.ts";
export type { BuilderErrorCode } from "./errors.ts";
