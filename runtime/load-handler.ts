/**
 * Finds the handler that `_HANDLER` names below `LAMBDA_TASK_ROOT`, as the managed Node.js runtime does; for functions
 * that are not bundled. Source: aws-lambda-nodejs-runtime-interface-client 4, `UserFunctionLoader`.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HandlerError } from "./handler-error.ts";
import { findHandler } from "./handler-module.ts";
import type { Handler } from "./run.ts";

/** In the order in which they are looked for: the extensionless name comes first. */
const extensions: readonly string[] = ["", ".js", ".mjs", ".cjs"];

/**
 * Loads a handler.
 *
 * @param taskRoot folder of the function's code
 * @param handlerName `path/to/module.export`, nested exports with further dots
 * @throws Error `Runtime.MalformedHandlerName`, `.HandlerNotFound`, `.ImportModuleError`, `.UserCodeSyntaxError`;
 *   whatever else the module throws while it is loaded
 */
export async function loadHandler(taskRoot: string, handlerName: string): Promise<Handler> {
  if (handlerName.includes("..")) {
    throw new HandlerError(
      "Runtime.MalformedHandlerName",
      `'${handlerName}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const [, moduleName, exportName] = /^([^.]*)\.(.*)$/.exec(basename(handlerName)) ?? [];
  if (moduleName === undefined || exportName === undefined) {
    throw new HandlerError("Runtime.MalformedHandlerName", "Bad handler");
  }
  const folder = dirname(handlerName);
  return findHandler(await loadModule(taskRoot, folder, moduleName), exportName, handlerName);
}

async function loadModule(taskRoot: string, folder: string, moduleName: string): Promise<object> {
  const path = resolve(taskRoot, folder, moduleName);
  const file = extensions.map((extension) => path + extension).find((each) => existsSync(each));
  try {
    if (file !== undefined) return (await import(pathToFileURL(file).href)) as object;
    // A package, found as Node.js finds it from the task root.
    const require = createRequire(join(taskRoot, "_"));
    return require(require.resolve(moduleName, { paths: [taskRoot, join(taskRoot, folder)] })) as object;
  } catch (error) {
    throw nameLoadError(error);
  }
}

function nameLoadError(error: unknown): unknown {
  if (error instanceof SyntaxError) {
    return Object.assign(new HandlerError("Runtime.UserCodeSyntaxError", String(error), error), { stack: error.stack });
  }
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") {
    return new HandlerError("Runtime.ImportModuleError", String(error), error);
  }
  return error;
}
