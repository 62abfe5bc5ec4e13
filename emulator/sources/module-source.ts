/** A handler module → a bundle that runs on this machine's JavaScript engine. */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
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
  const { bundleFunction } = await import("../../bundle/index.ts");
  const exportName = source.handler ?? "handler";
  const { code } = await bundleFunction({ source: path, exportName, format: "module", sourceMap: true });
  const file = join(options.workFolder, "bootstrap.mjs");
  await writeFile(file, code);
  const launcher = createHostProcessLauncher({
    ...options,
    command: [process.execPath, "--enable-source-maps", file],
    taskRoot: dirname(path),
  });
  return { launcher, codePath: file, runtime: "provided.al2023", architecture: hostArchitecture() };
}

function quoteForShell(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
