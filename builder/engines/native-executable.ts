/**
 * The executable of the native engine, from the first of these that has it: the file that was named, the package that is
 * installed (`prebuilt-engine.ts`), the cache, a compiler (`compiled-engine.ts`).
 */
import { resolve } from "node:path";
import { parseArchitecture, type Architecture } from "../../images/platforms.ts";
import { BuilderError } from "../errors.ts";
import { compiledEngine, type CompiledEngineOptions } from "./compiled-engine.ts";
import type { EngineFiles } from "./engine.ts";
import { systemOf } from "./given-engine.ts";
import { prebuiltEngine } from "./prebuilt-engine.ts";

export interface NativeExecutableOptions extends CompiledEngineOptions {
  /** A finished engine for the platform. */
  readonly enginePath?: string | undefined;
}

/**
 * The platform's engine, and one that the site can run, which makes bytecode of bundles.
 *
 * @throws BuilderError `BAD_OPTIONS` for a file that is none, `ENGINE_UNAVAILABLE` where it cannot be
 *   compiled, `ENGINE_DAMAGED`; DockerError
 */
export async function nativeExecutables(options: NativeExecutableOptions): Promise<EngineFiles> {
  const { facts, site, enginePath, onNotice } = options;
  const isForeign = site.system !== `linux-${facts.architecture}`;
  if (enginePath !== undefined) {
    const path = resolve(enginePath);
    const system = await systemOf(path);
    if (system !== `linux-${facts.architecture}`) {
      throw new BuilderError("BAD_OPTIONS", `${path} is made for ${system}, and the platform is ${facts.platform}`);
    }
    if (isForeign) onNotice(packedAsSource);
    return { platformExecutable: path, siteExecutable: isForeign ? undefined : path };
  }
  const platformExecutable = await ensureNative(facts.architecture, options);
  if (!isForeign) return { platformExecutable, siteExecutable: platformExecutable };
  const siteExecutable = await engineOfSite(options);
  if (siteExecutable === undefined) onNotice(packedAsSource);
  return { platformExecutable, siteExecutable };
}

const packedAsSource = "No engine for this machine is there: the bundle is packed as source, and starts slower";

/** Undefined where there is none, which a build can do without. */
async function engineOfSite(options: NativeExecutableOptions): Promise<string | undefined> {
  const [system, spelling = ""] = options.site.system.split("-");
  const architecture = parseArchitecture(spelling);
  if (system !== "linux" || architecture === undefined) return undefined;
  try {
    return await ensureNative(architecture, options);
  } catch (error) {
    if (error instanceof BuilderError && error.code === "ENGINE_UNAVAILABLE") return undefined;
    throw error;
  }
}

async function ensureNative(architecture: Architecture, options: NativeExecutableOptions): Promise<string> {
  return (await prebuiltEngine(architecture, options.onNotice)) ?? compiledEngine(architecture, options);
}
