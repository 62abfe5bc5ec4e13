/** Removes what builds keep for the next ones. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { findDaemon, removeCaches, DockerError, type CacheEntry, type Daemon } from "../docker/index.ts";
import { defaultCacheFolder } from "./engines/host-engine.ts";

export interface ClearCacheOptions {
  /** @default ~/.cache/runtime-aws-lambda */
  readonly cacheFolder?: string;
  /** Addresses of daemons; all of them are cleared. @default the one that the docker CLI finds */
  readonly dockerHosts?: readonly string[];
  /** The variables that name a daemon. @default none of them */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** Something that was kept. */
export interface ClearedCache extends Omit<CacheEntry, "kind"> {
  /** `folder`: of this machine; `volume` and `image`: of the daemon. */
  readonly kind: "folder" | CacheEntry["kind"];
}

/** Caches have the version of their format in their names; anything else in the folder is somebody else's. */
const cacheName = /^[a-z]+-v\d+$/;

/**
 * Removes the engines and compressed pieces of this machine, and the volumes and images of the daemon, if one answers.
 *
 * @throws DockerError when a daemon was named and does not answer, or fails
 */
export async function clearCache(options: ClearCacheOptions = {}): Promise<readonly ClearedCache[]> {
  const { cacheFolder = defaultCacheFolder() } = options;
  // Looked for first: where one that was named does not answer, nothing is removed.
  const daemons = await daemonsOf(options);
  const cleared = await clearFolder(cacheFolder);
  // One after the other: two addresses may be of one daemon.
  // oxlint-disable-next-line no-await-in-loop
  for (const daemon of daemons) cleared.push(...(await removeCaches(daemon)));
  return cleared;
}

async function daemonsOf({
  dockerHosts = [],
  environment = {},
  signal,
}: ClearCacheOptions): Promise<readonly Daemon[]> {
  if (dockerHosts.length > 0) {
    return Promise.all(dockerHosts.map((dockerHost) => findDaemon({ dockerHost, environment, signal })));
  }
  try {
    return [await findDaemon({ environment, signal })];
  } catch (error) {
    if (error instanceof DockerError && error.code === "DOCKER_UNREACHABLE") return [];
    throw error;
  }
}

async function clearFolder(folder: string): Promise<ClearedCache[]> {
  const names = await readdir(folder).catch(() => []);
  const ours = names.filter((each) => cacheName.test(each));
  return Promise.all(
    ours.map(async (each): Promise<ClearedCache> => {
      const name = join(folder, each);
      const sizeBytes = await sizeOf(name);
      await rm(name, { recursive: true, force: true });
      return { kind: "folder", name, sizeBytes, isRemoved: true };
    }),
  );
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((each) => each.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name)).catch(() => undefined))?.size ?? 0),
  );
  return sizes.reduce((sum, each) => sum + each, 0);
}
