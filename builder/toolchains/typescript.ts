/** TypeScript and JavaScript: esbuild makes one file of it, the engine makes an executable of that. */
import { bundleFunction } from "../../bundle/index.ts";
import type { PlatformFacts } from "../../images/platforms.ts";
import type { Engine } from "../engines/engine.ts";
import { ensureEngine } from "../engines/engine-cache.ts";
import type { Project } from "../project.ts";
import type { BuildSite } from "../sites/site.ts";
import type { StepRunner } from "../step-runner.ts";

export interface TypescriptOptions {
  readonly project: Project;
  readonly facts: PlatformFacts;
  readonly engine: Engine;
  readonly site: BuildSite;
  /** Export of the handler module. @default "handler" */
  readonly handler?: string;
  /** Path of the executable to write. */
  readonly executable: string;
  readonly cacheFolder: string;
  readonly steps: StepRunner;
  readonly signal?: AbortSignal;
}

/**
 * The steps `engine`, `bundle` and `compile`.
 *
 * @throws BuilderError for the engine, BundleError for the source
 */
export async function compileTypescript(options: TypescriptOptions): Promise<void> {
  const { project, facts, engine, site, executable, cacheFolder, steps, signal } = options;
  const files = await steps.run("engine", async (onLog) => {
    const fetchOptions = { cacheFolder, onLog, signal };
    const platformExecutable = await ensureEngine(engine.name, `linux-${facts.architecture}`, fetchOptions);
    const siteExecutable = await ensureEngine(engine.name, site.system, fetchOptions);
    return { platformExecutable, siteExecutable };
  });
  const { code, warnings } = await steps.run("bundle", () =>
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
}
