/** TypeScript and JavaScript: esbuild makes one file of it, the engine makes an executable of that. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleFunction, type BundleOptions } from "../../bundle/index.ts";
import { both } from "../both.ts";
import { checkCompatibility } from "../engines/check-compatibility.ts";
import { chooseExecutables, type VersionedFiles } from "../engines/choose-executables.ts";
import type { ChosenEngine } from "../engines/choose-engine.ts";
import { nativeExecutables } from "../engines/native-executable.ts";
import { nativeAlternative } from "../native-alternative.ts";
import { installPackages } from "./external-packages.ts";
import { bootstrapOnly, type CompiledFunction, type ToolchainOptions } from "./toolchain.ts";

/** Options of TypeScript and JavaScript projects. */
export interface TypescriptOptions {
  /** Export of the handler module. @default "handler" */
  readonly handler?: string;
  /** Packages that stay outside of the bundle, besides those with native addons. @default none */
  readonly external?: readonly string[];
  /** JavaScript expressions by the names they take the place of, such as `process.env.STAGE`. @default none */
  readonly define?: Readonly<Record<string, string>>;
  /** @default false */
  readonly minify?: boolean;
  /** Positions in stacks are those of the sources; costs start-up time. @default false */
  readonly sourcemap?: boolean;
  /**
   * Executables of the engine in place of the pinned one from npm: that for the platform, and where the site's machine is
   * another one, that for the site; of the native engine one. @default the native engine is compiled, once
   */
  readonly enginePaths?: readonly string[];
}

/**
 * The steps `engine`, `bundle` and `compile`.
 *
 * @throws BuilderError for the engine, BundleError for the source
 */
export async function compileTypescript(
  options: ToolchainOptions & TypescriptOptions & { readonly engine: ChosenEngine; readonly cacheFolder: string },
): Promise<readonly CompiledFunction[]> {
  const { project, facts, engine, site, cacheFolder, steps, signal } = options;
  const executable = join(options.outputFolder, "bootstrap");
  const files = await steps.run("engine", async (onLog): Promise<VersionedFiles> => {
    const fetchOptions = { cacheFolder, onLog, signal };
    const { name, version } = engine;
    const { enginePaths: paths = [] } = options;
    if (name !== "native") return chooseExecutables({ name, version }, { facts, site, paths }, fetchOptions);
    const [enginePath] = paths;
    const native = { ...fetchOptions, facts, site, enginePath };
    return { ...(await nativeExecutables({ ...native, onNotice: (message) => steps.notice(message) })), version };
  });
  const bundleOptions: BundleOptions = {
    source: project.sourcePath,
    format: engine.bundleFormat,
    externalsFrom: "executable",
    ...(options.handler === undefined ? {} : { exportName: options.handler }),
    ...(options.external === undefined ? {} : { external: options.external }),
    ...(options.define === undefined ? {} : { define: options.define }),
    ...(options.minify === undefined ? {} : { minify: options.minify }),
    ...(options.sourcemap === true ? { sourceMap: "separate" } : {}),
    // The bundle as source is one file.
    ...(engine.name === "native" && files.siteExecutable !== undefined ? { splits: true } : {}),
  };
  const bundle = await steps.run("bundle", () => bundleFunction(bundleOptions));
  const { code, modules, map, warnings, inputs, externals } = bundle;
  if (engine.name === "native") checkCompatibility(bundle, (message) => steps.warn("ENGINE_LACKS_MODULE", message));
  for (const message of warnings) steps.warn("BUNDLE_WARNING", message);
  const packages =
    externals.length === 0
      ? []
      : await steps.run("packages", (onLog) => installPackages({ ...options, externals, onLog, signal }));
  const loadsPackages = packages.length > 0;
  const sourceMap = map === undefined ? [] : [{ path: "bootstrap.map", fromFile: `${executable}.map`, mode: 0o644 }];
  if (map !== undefined) await writeFile(`${executable}.map`, map);
  const compiling = steps.run("compile", (onLog) =>
    engine.compile({
      code,
      modules,
      files,
      site,
      facts,
      destination: executable,
      loadsPackages,
      hasSourceMap: map !== undefined,
      onLog,
      signal,
    }),
  );
  const { name } = engine;
  const isOwnChoice = name === "native" || (options.enginePaths ?? []).length > 0 || loadsPackages;
  const [{ arrived }, alternative] = await both(
    compiling,
    isOwnChoice ? Promise.resolve(undefined) : nativeAlternative(bundleOptions, { ...options, bundle }),
  );
  return [
    {
      ...(alternative === undefined ? {} : { alternative }),
      engine: { name, version: files.version },
      files: [...bootstrapOnly(executable), ...sourceMap, ...packages],
      arrived,
      inputs,
      image: site.image,
    },
  ];
}
