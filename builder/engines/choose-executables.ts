/** The two executables of an engine that a build takes: the one that goes into the result, and the one that runs at the site. */
import type { PlatformFacts } from "../../images/platforms.ts";
import { BuilderError } from "../errors.ts";
import type { BuildSite } from "../sites/site.ts";
import { ensureEngine, type EngineCacheOptions } from "./engine-cache.ts";
import type { EngineSystem, PackagedEngineName } from "./engine-packages.ts";
import type { EngineFiles } from "./engine.ts";
import { adoptEngine } from "./given-engine.ts";

export interface VersionedFiles extends EngineFiles {
  readonly version: string;
}

export interface ExecutablesRequest {
  readonly facts: PlatformFacts;
  readonly site: BuildSite;
  /** Files that the user has. */
  readonly paths: readonly string[];
}

/**
 * Takes the user's files, else the pinned ones.
 *
 * @throws BuilderError `BAD_OPTIONS` where no given file is for the platform, or the two are of different versions;
 *   otherwise as `ensureEngine`
 */
export async function chooseExecutables(
  { name, version: pinned }: { readonly name: PackagedEngineName; readonly version: string },
  { facts, site, paths }: ExecutablesRequest,
  options: EngineCacheOptions,
): Promise<VersionedFiles> {
  const given = await Promise.all(paths.map((path) => adoptEngine(name, path, options)));
  const find = async (system: EngineSystem) =>
    given.find((each) => each.system === system) ?? {
      path: await ensureEngine(name, system, options),
      version: pinned,
    };
  const system = `linux-${facts.architecture}` as const;
  if (given.length > 0 && given.every((each) => each.system !== system)) {
    throw new BuilderError("BAD_OPTIONS", `No engine that was given is for ${facts.architecture}`, {
      hint: `Give one more: ${name} for ${system}`,
    });
  }
  const ofPlatform = await find(system);
  const ofSite = await find(site.system);
  if (ofSite.version !== ofPlatform.version) {
    // What one version of an engine prepares, another does not read.
    const message = `${name} ${ofPlatform.version} is for the platform, and ${ofSite.version} would prepare it on ${site.system}`;
    throw new BuilderError("BAD_OPTIONS", message, {
      hint: `Give both of one version: ${name} ${ofPlatform.version} for ${site.system} as well`,
    });
  }
  return { platformExecutable: ofPlatform.path, siteExecutable: ofSite.path, version: ofPlatform.version };
}
