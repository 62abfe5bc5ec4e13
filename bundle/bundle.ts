/** Handler source and runtime → one JavaScript file. The only importer of esbuild. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, context, type BuildOptions, type BuildResult, type Metafile } from "esbuild";
import { absentBuiltins, type AbsentBuiltin } from "./absent-builtins.ts";
import { absentGlobals } from "./absent-globals.ts";
import { callEsbuild, formatMessage, formatPath } from "./call-esbuild.ts";
import { entryContents } from "./entry.ts";
import { BundleError } from "./errors.ts";
import { externalPlugin, type ExternalPackage } from "./external-plugin.ts";
import { nativeNeeds, nativePrologue } from "./native-entry.ts";
import { nativePlugins } from "./native-plugin.ts";
import { assertNoArchive, fileOnDisk } from "./pnp-package.ts";
import { requireBuiltins } from "./require-builtins.ts";
import { runtimeIndexInput, runtimePlugin } from "./runtime-plugin.ts";
import { splitOptions, toModules, type BundleModule } from "./split-bundle.ts";

/**
 * - `module`: an ES module, for Node.js and Bun.
 * - `script`: one classic script without import statements, for engines that load no modules (Node.js single
 *   executables). Top-level await works in it all the same.
 * - `native`: an ES module without imports, with the modules of Node.js that the `native` engine has on board.
 */
export type BundleFormat = "module" | "script" | "native";

export interface BundleOptions {
  /** Path of the handler module or program. */
  readonly source: string;
  readonly format: BundleFormat;
  /** @default "handler" */
  readonly exportName?: string;
  /** Names of functions and classes are kept. @default false */
  readonly minify?: boolean;
  /**
   * A source map, so that stack traces name the user's files: at the end of the code, with URLs of this machine, or by
   * itself, with paths that are the same on every machine. @default none
   */
  readonly sourceMap?: "inline" | "separate";
  /** Packages to leave out, besides those with native addons. @default none */
  readonly external?: readonly string[];
  /** Where the bundle finds them: beside the executable, or where the source does. @default "source" */
  readonly externalsFrom?: "executable" | "source";
  /** Expressions by the global names they take the place of, such as `process.env.STAGE`. @default none */
  readonly define?: Readonly<Record<string, string>>;
  /** Also in several modules, for the `native` engine. Not with a source map, which is of one file. @default false */
  readonly splits?: boolean;
  /** The same function, bundled in another format before: what is known of it is not looked up again. @default nothing */
  readonly known?: Pick<Bundle, "kind" | "inputs">;
}

export interface Bundle {
  readonly code: Uint8Array;
  /** The same in several modules, the first of which imports the others; undefined where it has to be one. */
  readonly modules?: readonly BundleModule[] | undefined;
  /** The source map that was to be separate. */
  readonly map?: Uint8Array;
  /** `program`: the source runs a runtime itself; `handler`: its export is called by ours. */
  readonly kind: "handler" | "program";
  /** Absolute paths of every bundled file; of what is in one of Yarn's archives, the archive's. */
  readonly inputs: readonly string[];
  /** Packages that it loads when it runs. */
  readonly externals: readonly ExternalPackage[];
  /** Modules of Node.js that it needs and the `native` engine does not have; empty for other formats. */
  readonly absentBuiltins: readonly AbsentBuiltin[];
  /** Globals of Node.js that it names and that engine does not have; whether it comes to them nobody can tell. */
  readonly absentGlobals: readonly string[];
  /** `file:line:column: text` */
  readonly warnings: readonly string[];
}

/**
 * Bundles a function.
 *
 * @throws BundleError `ENTRY_NOT_FOUND`, `BUNDLE_FAILED`, `HANDLER_NOT_EXPORTED`
 */
export async function bundleFunction(options: BundleOptions): Promise<Bundle> {
  const source = resolve(options.source);
  checkSource(source);
  const exportName = options.exportName ?? "handler";
  if (options.format === "native") {
    const kind = options.known?.kind ?? (await findKind(source, exportName, options));
    const plan = await planNative(kind, source, options);
    const splits = options.splits === true && options.sourceMap === undefined;
    const [whole, modules] = await Promise.all([
      callEsbuild(source, () => build(plan.options)),
      splits ? callEsbuild(source, async () => toModules(await build(splitOptions(plan.options)))) : undefined,
    ]);
    return { ...plan.toBundle(whole), modules, kind };
  }
  // Most sources are handler modules: bundle as one while the exports are being looked up.
  const [kind, asHandler] = await Promise.all([
    findKind(source, exportName, options),
    runEsbuild(source, entryContents("handler", source, exportName), options),
  ]);
  return kind === "handler"
    ? { ...asHandler, kind }
    : { ...(await runEsbuild(source, entryContents("program", source, exportName), options)), kind };
}

function checkSource(source: string): void {
  if (!existsSync(source)) throw new BundleError("ENTRY_NOT_FOUND", `There is no file ${source}`);
}

/** Bundled once to see what it is made of, and then with what that asks for. */
async function planNative(kind: Bundle["kind"], source: string, options: BundleOptions): Promise<Bundling> {
  const contents = entryContents(kind, source, options.exportName ?? "handler");
  const { inputs } = options.known ?? (await runEsbuild(source, contents, options));
  assertNoArchive(inputs);
  const needs = await nativeNeeds(inputs, options.sourceMap !== undefined);
  const plan = planBundling(source, nativePrologue(needs) + contents, options);
  return needs.followsAsync ? { ...plan, options: { ...plan.options, supported: withoutAwait } } : plan;
}

const withoutAwait = { "async-await": false, "async-generator": false, "for-await": false };

const entryName = "runtime-aws-lambda-entry.js";

/** What esbuild is asked for, and how its result becomes a bundle. */
interface Bundling {
  readonly options: BuildOptions & { readonly metafile: true };
  readonly toBundle: (result: BuildResult<{ metafile: true }>) => Omit<Bundle, "kind">;
}

function planBundling(source: string, contents: string, options: BundleOptions): Bundling {
  const isScript = options.format === "script";
  const externals = new Map<string, ExternalPackage>();
  const external = externalPlugin({
    names: options.external ?? [],
    from: options.externalsFrom === "executable" ? "executable" : { source },
    onExternal: (each) => externals.set(each.name, each),
  });
  const plugins = options.format === "native" ? [...nativePlugins, runtimePlugin, external] : [runtimePlugin, external];
  const esbuildOptions = commonOptions(source, {
    stdin: { contents, resolveDir: dirname(source), sourcefile: entryName },
    minify: options.minify ?? false,
    keepNames: options.minify ?? false,
    // Nothing is written there: it makes the paths in the map relative to the source's folder.
    outfile: join(dirname(source), "bootstrap.js"),
    sourcemap: options.sourceMap === undefined ? false : "external",
    sourcesContent: false,
    // Modules of ECMAScript rather than their CommonJS twins: what nobody uses of them stays out.
    ...(options.format === "native" ? { mainFields: ["module", "main"] } : {}),
    plugins: isScript ? [...plugins, requireBuiltins] : plugins,
    // The script runs inside an async function: `await` stays legal, and import.meta needs a stand-in.
    ...(isScript
      ? {
          define: { ...options.define, ...commonJsNames, "import.meta": "__bundleMeta" },
          banner: { js: scriptBanner },
          footer: { js: scriptFooter },
        }
      : {
          define: { ...options.define, ...commonJsNames },
          banner: { js: options.format === "native" ? nativeBanner : moduleBanner },
        }),
  });
  return {
    options: esbuildOptions,
    toBundle(result) {
      const bundle = toBundle(source, result, options.sourceMap);
      const text = options.format === "native" ? Buffer.from(bundle.code).toString() : "";
      const names = absentGlobals(text, bundle.inputs);
      return { ...bundle, absentGlobals: names, externals: [...externals.values()] };
    },
  };
}

function toBundle(
  source: string,
  result: BuildResult<{ metafile: true }>,
  sourceMap: BundleOptions["sourceMap"],
): Omit<Bundle, "kind" | "modules" | "externals" | "absentGlobals"> {
  const [code, map] = ["bootstrap.js", "bootstrap.js.map"].map((name) =>
    result.outputFiles?.find(({ path }) => path === join(dirname(source), name)),
  );
  const contents = code?.contents ?? nothing;
  return {
    code: map === undefined || sourceMap === "separate" ? contents : withInlineMap(source, contents, map.text),
    ...(map === undefined || sourceMap === "inline" ? {} : { map: map.contents }),
    absentBuiltins: absentBuiltins(result.metafile),
    inputs: [
      ...new Set(
        Object.keys(result.metafile.inputs)
          .filter((path) => !/^(builtin|runtime-aws-lambda[-a-z]*|external-package):/.test(path) && path !== entryName)
          .map((path) => fileOnDisk(resolve(dirname(source), path))),
      ),
    ],
    warnings: result.warnings.map((warning) => formatMessage(source, warning)),
  };
}

async function runEsbuild(source: string, contents: string, options: BundleOptions): Promise<Omit<Bundle, "kind">> {
  const plan = planBundling(source, contents, options);
  return plan.toBundle(await callEsbuild(source, () => build(plan.options)));
}

/** A bundler that keeps what it has parsed, for bundles that are made again and again. */
export interface IncrementalBundler {
  /** Throws as `bundleFunction`. */
  bundle(): Promise<Bundle>;
  close(): Promise<void>;
}

/** Creates one for a function whose first bundle is known. */
export async function createIncrementalBundler(
  given: BundleOptions,
  kind: Bundle["kind"],
): Promise<IncrementalBundler> {
  const source = resolve(given.source);
  const plan =
    given.format === "native"
      ? await planNative(kind, source, given)
      : planBundling(source, entryContents(kind, source, given.exportName ?? "handler"), given);
  const running = await context(plan.options);
  return {
    async bundle() {
      checkSource(source);
      return { ...plan.toBundle(await callEsbuild(source, () => running.rebuild())), kind };
    },
    close: () => running.dispose(),
  };
}

const nothing = new Uint8Array();

/** The code with its map as a comment; its sources as URLs, so that they are found wherever the bundle is put. */
function withInlineMap(source: string, code: Uint8Array, json: string): Uint8Array {
  const map = JSON.parse(json) as { sources: string[] };
  const base = pathToFileURL(`${dirname(source)}/`);
  // The runtime's own files have names that are URLs already.
  map.sources = map.sources.map((each) => new URL(each, base).href);
  const base64 = Buffer.from(JSON.stringify(map)).toString("base64");
  return Buffer.concat([code, Buffer.from(`//# sourceMappingURL=data:application/json;base64,${base64}\n`)]);
}

// What CommonJS code expects around it, under names that no source declares: an ES module may well have a `require` or
// `__dirname` of its own, which these must not collide with.
const commonJsNames = { __filename: "__bundleFile", __dirname: "__bundleFolder" };
// A classic script has no import.meta; this tells what it would.
const scriptBanner =
  `(async () => { const __bundleFile = __filename, __bundleFolder = __dirname, ` +
  `__bundleUrl = require("node:url").pathToFileURL(__filename).href, ` +
  `__bundleMeta = { url: __bundleUrl, filename: __filename, dirname: __dirname, main: true, ` +
  `resolve: (specifier) => require("node:module").isBuiltin(specifier) ` +
  `? "node:" + specifier.replace(/^node:/, "") : new URL(specifier, __bundleUrl).href };`;
const scriptFooter = "})();";
const moduleBanner =
  `import { createRequire as __createRequire } from "node:module"; globalThis.require ??= __createRequire(import.meta.url); ` +
  `const __bundleFile = import.meta.filename, __bundleFolder = import.meta.dirname;`;

const nativeBanner = `const __bundleFile = "/var/task/bootstrap", __bundleFolder = "/var/task";`;

/** A handler module has the export; a program imports the runtime instead. */
async function findKind(source: string, exportName: string, given: BundleOptions): Promise<"handler" | "program"> {
  const external = externalPlugin({ names: given.external ?? [], from: { source }, onExternal: () => {} });
  const options = commonOptions(source, { entryPoints: [source], plugins: [runtimePlugin, external] });
  const { metafile } = await callEsbuild(source, () => build(options));
  const output = Object.values(metafile.outputs)[0];
  const entryPath = output?.entryPoint ?? "";
  // What a CommonJS module exports is known only when it runs; the runtime then reports Runtime.HandlerNotFound.
  const [exported = exportName] = exportName.split(".");
  if (output?.exports.includes(exported) || metafile.inputs[entryPath]?.format === "cjs") return "handler";
  if (importsRuntime(metafile)) return "program";
  const found = output?.exports ?? [];
  throw new BundleError(
    "HANDLER_NOT_EXPORTED",
    `${formatPath(source)} exports ${found.length === 0 ? "nothing, and" : `${found.join(", ")}, but`} no "${exportName}"`,
    { hint: hintForExport(exportName, found) },
  );
}

function hintForExport(exportName: string, found: readonly string[]): string {
  const last = exportName.split(".").at(-1) ?? exportName;
  if (last !== exportName && found.includes(last)) return `Name the export alone, without the file: ${last}`;
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(exportName)) return "Name an export of it, such as handler";
  return `export const ${exportName} = async (event, context) => …, or run a runtime with defaultRuntime(…).run()`;
}

function importsRuntime({ inputs }: Metafile): boolean {
  return Object.entries(inputs).some(
    ([path, input]) =>
      !path.startsWith("runtime-aws-lambda:") && input.imports.some((each) => each.path === runtimeIndexInput),
  );
}

function commonOptions(source: string, options: BuildOptions): BuildOptions & { readonly metafile: true } {
  return {
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22",
    logLevel: "silent",
    ...options,
    // Paths in the bundle are relative to it, wherever the command was started.
    absWorkingDir: dirname(source),
    write: false,
    metafile: true,
  };
}
