/** Which sources are handler modules, and what Lambda calls the handler in one. */
import { basename, extname } from "node:path";

/** Extensions esbuild bundles. */
export const moduleExtensions: readonly string[] = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".tsx", ".jsx"];

/** True for source that has to be bundled before it can run. */
export function isHandlerModule(path: string): boolean {
  return moduleExtensions.includes(extname(path));
}

/**
 * Value of `_HANDLER`: `file.export` for a handler module, as the managed runtimes have it; for anything else what the
 * user configured, which custom runtimes are free to interpret.
 */
export function handlerVariable(source: string, handler: string | undefined): string {
  if (!isHandlerModule(source)) return handler ?? "bootstrap";
  return `${basename(source, extname(source))}.${handler ?? "handler"}`;
}
