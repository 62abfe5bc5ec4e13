/** The `export const handler` convention: a module whose export is called for every event. */
import { defaultRuntime, type Handler, type RuntimeOptions } from "./run.ts";

/** Errors with Lambda's own type names for what is wrong with a handler module. */
class HandlerModuleError extends Error {
  override readonly name: "Runtime.HandlerNotFound" | "Runtime.MalformedHandlerName";

  constructor(name: "Runtime.HandlerNotFound" | "Runtime.MalformedHandlerName", message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * Loads a module as part of initialisation, so that what it throws is reported as an init error, and serves events with
 * its export. Called by the generated entry of a bundle.
 *
 * @param loadModule imports the handler module
 * @param exportName name of the export, default `handler`
 */
export function runHandlerModule(
  loadModule: () => Promise<object>,
  exportName = "handler",
  options?: RuntimeOptions,
): Promise<never> {
  return defaultRuntime(async () => findHandler(await loadModule(), exportName), options).run();
}

function findHandler(module: object, exportName: string): Handler {
  const members = module as { readonly [name: string]: unknown; readonly default?: unknown };
  // A CommonJS module reaches an ES import as its default export.
  const found = members[exportName] ?? (members.default as typeof members | undefined)?.[exportName];
  if (typeof found === "function") return found as Handler;
  const reason = found === undefined ? "is undefined or not exported" : "is not a function";
  throw new HandlerModuleError("Runtime.HandlerNotFound", `${exportName} ${reason}`);
}
