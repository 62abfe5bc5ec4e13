/**
 * Handler source → one JavaScript bundle with the runtime inside; the same for emulator and builder.
 *
 * @module
 */
export { bundleFunction } from "./bundle.ts";
export type { Bundle, BundleFormat, BundleOptions } from "./bundle.ts";
export { absentGlobalNames } from "./absent-globals.ts";
export { absentMembers } from "./absent-members.ts";
export type { AbsentBuiltin } from "./absent-builtins.ts";
export type { ExternalPackage } from "./external-plugin.ts";
export { BundleError } from "./errors.ts";
export type { BundleErrorCode } from "./errors.ts";
export type { BundleModule } from "./split-bundle.ts";
export { watchFunction } from "./watch.ts";
export type { BundleListener, WatchedBundle } from "./watch.ts";
