/** TypeScript and JavaScript: esbuild makes one file of it, the engine makes an executable of that. */
import { join } from "node:path";
import { bundleFunction } from "../../bundle/index.ts";
import type { Engine } from "../engines/engine.ts";
import { ensureEngine } from "../engines/engine-cache.ts";
import { bootstrapOnly, type CompiledFunction, type ToolchainOptions } from "./toolchain.ts";

/** Options of TypeScript and JavaScript projects. */
export interface TypescriptOptions {
  /** Export of the handler module. @default "handler" */
  readonly handler?: string;
}

/**
 * The steps `engine`, `bundle` and `compile`.
 *
 * @throws BuilderError for the engine, BundleError for the source
 */
export async function compileTypescript(
  options: ToolchainOptions & TypescriptOptions & { readonly engine: Engine; readonly cacheFolder: string },
): Promise<readonly CompiledFunction[]> {
  const { project, facts, engine, site, cacheFolder, steps, signal } = options;
  const executable = join(options.outputFolder, "bootstrap");
  const files = await steps.run("engine", async (onLog) => {
    const fetchOptions = { cacheFolder, onLog, signal };
    const platformExecutable = await ensureEngine(engine.name, `linux-${facts.architecture}`, fetchOptions);
    const siteExecutable = await ensureEngine(engine.name, site.system, fetchOptions);
    return { platformExecutable, siteExecutable };
  });
  const { code, warnings, inputs } = await steps.run("bundle", () =>
    bundleFunction({
      source: project.sourcePath,
      format: engine.bundleFormat,
      ...(options.handler === undefined ? {} : { exportName: options.handler }),
    }),
  );
  for (const message of warnings) steps.warn("BUNDLE_WARNING", message);
  await steps.run("compile", (onLog) =>
    engine.compile({ code, files, site, facts, destination: executable, onLog, signal }),
  );
  return [{ files: bootstrapOnly(executable), inputs, image: site.image }];
}
