/** The named volumes in which compilers keep what makes the next build quick. */
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import type { Daemon } from "./daemon.ts";
import { labelNames } from "./owner-labels.ts";

/** Every name of ours begins so. */
export const volumePrefix = "runtime-aws-lambda-";

const cachePrefixes = { volumes: volumePrefix, images: "runtime-aws-lambda/" } as const;

/** Labels of a volume that serves one project of this machine. */
export function projectLabels(folder: string): Readonly<Record<string, string>> {
  return { [labelNames.project]: folder, [labelNames.ownerHost]: hostname() };
}

/** What {@link removeCaches} found. */
export interface CacheEntry {
  readonly kind: "volume" | "image";
  readonly name: string;
  readonly sizeBytes: number;
  /** False when something uses it. */
  readonly isRemoved: boolean;
}

/**
 * Removes all volumes and images that this package made in a daemon; the next builds make them anew.
 * @param prefixes how their names begin. @default those of this package
 * @throws {DockerError} `DOCKER_REQUEST_FAILED`
 */
export async function removeCaches(
  daemon: Daemon,
  prefixes: { readonly volumes: string; readonly images: string } = cachePrefixes,
): Promise<readonly CacheEntry[]> {
  const entries: CacheEntry[] = [];
  for (const { name, sizeBytes } of await daemon.listVolumes({ withSizes: true })) {
    if (name.startsWith(prefixes.volumes))
      entries.push({ kind: "volume", name, sizeBytes, isRemoved: await daemon.removeVolume(name) });
  }
  for (const { name, sizeBytes } of await daemon.listNamedImages(prefixes.images)) {
    entries.push({ kind: "image", name, sizeBytes, isRemoved: await daemon.removeImage(name) });
  }
  return entries;
}

/**
 * Removes the caches of projects of this machine that are no longer there: a temporary clone would leave its compiled
 * crates for ever.
 * @throws {DockerError} `DOCKER_REQUEST_FAILED`
 */
export async function sweepCaches(daemon: Daemon): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { name, labels } of await daemon.listVolumes({ withSizes: false })) {
    const project = labels[labelNames.project];
    const isOurs = labels[labelNames.ownerHost] === hostname();
    if (isOurs && project !== undefined && !existsSync(project) && (await daemon.removeVolume(name))) {
      removed.push(name);
    }
  }
  return removed;
}
