/**
 * Whether the native engine would do for a function that is built with another engine: the gate's steps that need no engine,
 * and the looks at the text that a promise takes beside them. Silent where anything speaks against it.
 */
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeZip } from "../archive/index.ts";
import { absentMembers, BundleError, bundleFunction, type Bundle, type BundleOptions } from "../bundle/index.ts";
import type { PlatformFacts } from "../images/platforms.ts";
import { checkCompatibility } from "./engines/check-compatibility.ts";
import { findCompiledEngine } from "./engines/compiled-engine.ts";
import { prebuiltEngine } from "./engines/prebuilt-engine.ts";
import { BuilderError } from "./errors.ts";
import type { PackagedFile } from "./packaged-file.ts";

/** It would do. */
export interface NativeAlternative {
  /** An executable as large as the function's would be; undefined where there is no engine to be measured. */
  readonly bootstrap: string | undefined;
}

export interface NativeAlternativeOptions {
  readonly facts: PlatformFacts;
  readonly cacheFolder: string;
  /** Existing folder, for the executable. */
  readonly outputFolder: string;
  /** What is built instead. */
  readonly bundle: Bundle;
}

/** Looks for reasons against it. */
export async function nativeAlternative(
  bundleOptions: BundleOptions,
  options: NativeAlternativeOptions,
): Promise<NativeAlternative | undefined> {
  const { facts, cacheFolder, outputFolder } = options;
  const bundle = await acceptedBundle(bundleOptions, options.bundle);
  if (bundle === undefined || (await loadsAtRunTime(bundle))) return undefined;
  const { architecture } = facts;
  const engine = (await prebuiltOrNone(facts)) ?? (await findCompiledEngine(architecture, cacheFolder));
  if (engine === undefined) return { bootstrap: undefined };
  const bootstrap = join(outputFolder, "native-alternative");
  const isWritten = await orNothing(async () => {
    await writeFile(bootstrap, Buffer.concat([await readFile(engine), bundle.code]));
    return true;
  });
  return { bootstrap: isWritten === true ? bootstrap : undefined };
}

/** Size of the archive with that executable in it; undefined without one to be measured. */
export async function measureAlternative(
  { bootstrap }: NativeAlternative,
  files: readonly PackagedFile[],
  options: { readonly cacheFolder: string },
): Promise<number | undefined> {
  if (bootstrap === undefined) return undefined;
  const entries = files.map(({ path, fromFile, mode }) => ({
    path,
    mode,
    content: { fromFile: path === "bootstrap" ? bootstrap : fromFile },
  }));
  const path = join(dirname(bootstrap), "native-alternative.zip");
  return orNothing(async () => (await writeZip(path, entries, options)).sizeBytes);
}

/** A full disk, or an engine that has just been removed, is no reason to fail: the function itself is built. */
async function orNothing<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}

/** Files beside the bootstrap that only another engine could load. */
export function needsAnotherEngine(files: readonly PackagedFile[]): boolean {
  return files.some(({ path }) => /\.(?:node|wasm|so|so\.[\d.]+|[cm]?[jt]s)$/.test(path));
}

/** The function bundled for the engine, if nothing is missing: what may never be reached counts as well. */
async function acceptedBundle(options: BundleOptions, known: Bundle): Promise<Bundle | undefined> {
  try {
    const bundle = await bundleFunction({ ...options, format: "native", known });
    let isAccepted = bundle.warnings.every((each) => known.warnings.includes(each));
    checkCompatibility(bundle, () => (isAccepted = false));
    return isAccepted ? bundle : undefined;
  } catch (error) {
    if (error instanceof BundleError || error instanceof BuilderError) return undefined;
    throw error;
  }
}

/** What no list of imports shows: members of whole modules, and modules whose names are made when it runs. */
async function loadsAtRunTime({ code, inputs }: Bundle): Promise<boolean> {
  // What is left of `import()`, and esbuild's own words for a `require` of which it does not know the module.
  if (/\bimport\s*\((?!\s*\))|Dynamic require of/.test(Buffer.from(code).toString())) return true;
  const sources = await Promise.all(inputs.map((each) => readFile(each, "utf8")));
  if (sources.some((text) => /\b(?:getBuiltinModule|createRequire)\b/.test(text))) return true;
  return (await absentMembers(inputs)).length > 0;
}

/** A damaged package is the business of builds that need it. */
async function prebuiltOrNone({ architecture }: PlatformFacts): Promise<string | undefined> {
  return prebuiltEngine(architecture, () => {}).catch(() => undefined);
}
