/** An engine for this very machine: what `emulate --engine` runs sources on. */
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArchitecture, platforms } from "../../images/platforms.ts";
import { BuilderError } from "../errors.ts";
import { hostSite } from "../sites/host.ts";
import { ensureEngine, type EngineCacheOptions } from "./engine-cache.ts";
import type { EngineName } from "./engine.ts";
import { nativeExecutables } from "./native-executable.ts";

/**
 * Path of the pinned engine's executable, the one that `build` puts into archives; fetched if it is not in the cache. The
 * native one is compiled by this machine's Rust.
 *
 * @throws BuilderError `ENGINE_NOT_SUPPORTED`, `ENGINE_UNAVAILABLE`, `ENGINE_DAMAGED`
 */
export async function hostEngine(engine: EngineName, options: Partial<EngineCacheOptions> = {}): Promise<string> {
  const architecture = parseArchitecture(process.arch);
  const { platform } = process;
  if (architecture === undefined || (platform !== "linux" && platform !== "darwin")) {
    throw new BuilderError("ENGINE_NOT_SUPPORTED", `There is no ${engine} executable for ${platform} ${process.arch}`);
  }
  const cacheFolder = options.cacheFolder ?? defaultCacheFolder();
  if (engine === "native") {
    if (platform !== "linux") throw new BuilderError("ENGINE_NOT_SUPPORTED", "The native engine runs on Linux only");
    const facts = platforms[`al2023-${architecture}`];
    const { onLog = () => {}, signal } = options;
    const site = hostSite(facts);
    const compiled = await nativeExecutables({ facts, site, cacheFolder, onLog, onNotice: onLog, signal });
    return compiled.platformExecutable;
  }
  return ensureEngine(engine, `${platform}-${architecture}`, { ...options, cacheFolder });
}

/** Where engines are kept when nobody says otherwise. */
export function defaultCacheFolder(): string {
  return join(homedir(), ".cache", "runtime-aws-lambda");
}
