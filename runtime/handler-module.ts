/** The `export const handler` convention: a module whose export is called for every event. */
import { readStreamingMark } from "./awslambda-global.ts";
import { HandlerError } from "./handler-error.ts";
import { defaultRuntime, type Handler, type RuntimeOptions } from "./run.ts";

/**
 * Loads a module as part of initialisation, so that what it throws is reported as an init error, and serves events with
 * its export. Called by the generated entry of a bundle, where nobody catches what is thrown: what the log and Lambda
 * were told already ends the process without being printed again.
 *
 * @param loadModule imports the handler module
 * @param exportName the export, default `handler`; nested ones with dots
 */
export async function runHandlerModule(
  loadModule: () => Promise<object>,
  exportName = "handler",
  options?: RuntimeOptions,
): Promise<never> {
  let failure: { readonly thrown: unknown } | undefined;
  const runtime = defaultRuntime(async () => {
    try {
      return findHandler(await loadModule(), exportName, exportName);
    } catch (error) {
      failure = { thrown: error };
      throw error;
    }
  }, options);
  try {
    return await runtime.run();
  } catch (error) {
    // Something else when it could not be reported.
    if (failure !== undefined && error === failure.thrown) (options?.process ?? process).exit(1);
    throw error;
  }
}

/**
 * The function a module exports under a name, or under that name of its default export: a CommonJS module reaches an ES
 * import as one.
 *
 * @param handlerName what messages call it
 * @throws Error `Runtime.HandlerNotFound`, `Runtime.CallbackHandlerDeprecated`, with the texts of the managed runtime
 */
export function findHandler(module: object, exportName: string, handlerName: string): Handler {
  const { default: inner } = module as { readonly default?: unknown };
  const found = findMember(module, exportName) ?? findMember(inner, exportName);
  if (found === undefined || found === null) {
    throw new HandlerError("Runtime.HandlerNotFound", `${handlerName} is undefined or not exported`);
  }
  if (typeof found !== "function") {
    throw new HandlerError("Runtime.HandlerNotFound", `${handlerName} is not a function`);
  }
  // Two parameters are those of today; a third one can only be the callback.
  if (found.length >= 3 && readStreamingMark(found) === undefined) {
    const message =
      `${handlerName} has a callback parameter, which Lambda's Node.js runtimes do not serve since version 24. Return ` +
      `the result, or wrap it: export const ${exportName} = callbackHandler(…) of runtime-aws-lambda`;
    throw new HandlerError("Runtime.CallbackHandlerDeprecated", message);
  }
  return found as Handler;
}

function findMember(holder: unknown, path: string): unknown {
  let value = holder;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
