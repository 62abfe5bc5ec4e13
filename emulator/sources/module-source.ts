/** A handler module → a bundle that runs on this machine's JavaScript engine. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Bundle } from "../../bundle/index.ts";
import { EmulatorError } from "../errors.ts";
import type { FunctionSource, PreparedFunction, SourceOptions } from "../function-source.ts";
import { createHostProcessLauncher } from "../launchers/host-process.ts";
import { hostArchitecture } from "./executable-source.ts";

/**
 * Bundles the module.
 *
 * @throws EmulatorError `BAD_OPTIONS` with a platform; BundleError
 */
export async function prepareModule(
  path: string,
  source: FunctionSource,
  options: SourceOptions,
): Promise<PreparedFunction> {
  if (source.platform !== undefined) {
    throw new EmulatorError("BAD_OPTIONS", `${path} is source and runs on this machine's Node.js, not on a platform`, {
      hint: `Build it first: npx build ${quoteForShell(path)} --platform ${source.platform}, then emulate the function.zip`,
    });
  }
  const { bundleFunction, watchFunction } = await import("../../bundle/index.ts");
  const bundleOptions = {
    source: path,
    exportName: source.handler ?? "handler",
    format: source.engine?.name === "native" ? "native" : "module",
    sourceMap: "inline",
  } as const;
  let generation = 0;
  // A name of its own for every bundle: environments of the last one may still be starting.
  const prepare = ({ code }: Bundle): PreparedFunction => {
    const file = join(options.workFolder, `bootstrap-${generation++}.mjs`);
    writeFileSync(file, code);
    const launcher = createHostProcessLauncher({
      ...options,
      command: engineCommand(source, file),
      taskRoot: dirname(path),
    });
    return { launcher, codePath: file, runtime: "provided.al2023", architecture: hostArchitecture() };
  };
  const { reload } = options;
  if (reload === undefined) return prepare(await bundleFunction(bundleOptions));
  const watched = await watchFunction(bundleOptions, {
    onBundle: (bundle, changedMs) => reload.onReload(prepare(bundle), changedMs),
    onError: (error) => reload.onError(error),
  });
  return { ...prepare(watched.bundle), stopWatching: () => watched.close() };
}

/** Node.js maps positions to the sources itself when it is told to; for Bun the runtime does. */
function engineCommand(
  { engine = { name: "node", path: process.execPath }, inspect }: FunctionSource,
  file: string,
): [string, ...string[]] {
  const flags = engine.name === "node" ? ["--enable-source-maps"] : [];
  if (inspect !== undefined) flags.push(`--inspect=127.0.0.1:${inspect}`);
  return [engine.path, ...flags, file];
}

function quoteForShell(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
