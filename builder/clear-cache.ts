/** Removes what builds keep for the next ones. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { findDaemon, removeCaches, DockerError, type CacheEntry } from "../docker/index.ts";
import { defaultCacheFolder } from "./engines/host-engine.ts";

export interface ClearCacheOptions {
  /** @default ~/.cache/runtime-aws-lambda */
  readonly cacheFolder?: string;
  /** Address of the daemon. @default found as the docker CLI finds it */
  readonly dockerHost?: string;
  /** The variables that name a daemon. @default none of them */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** Something that was kept. */
export interface ClearedCache extends Omit<CacheEntry, "kind"> {
  /** `folder`: of this machine; `volume` and `image`: of the daemon. */
  readonly kind: "folder" | CacheEntry["kind"];
}

/**
 * Removes the engines and compressed pieces of this machine, and the volumes and images of the daemon, if one answers.
 *
 * @throws DockerError when a daemon was named and does not answer, or fails
 */
export async function clearCache(options: ClearCacheOptions = {}): Promise<readonly ClearedCache[]> {
  const { cacheFolder = defaultCacheFolder(), dockerHost, environment = {}, signal } = options;
  const cleared = await clearFolder(cacheFolder);
  try {
    const daemon = await findDaemon({ dockerHost, environment, signal });
    return [...cleared, ...(await removeCaches(daemon))];
  } catch (error) {
    const isAbsent = error instanceof DockerError && error.code === "DOCKER_UNREACHABLE" && dockerHost === undefined;
    if (!isAbsent) throw error;
    return cleared;
  }
}

async function clearFolder(folder: string): Promise<ClearedCache[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.map(async (each): Promise<ClearedCache> => {
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
