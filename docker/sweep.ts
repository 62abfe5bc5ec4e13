/** Removes what crashed processes left in a daemon. */
import type { Daemon } from "./daemon.ts";
import { isOwnerGone } from "../process/index.ts";
import { DockerError } from "./errors.ts";
import { labelNames, ownerOf } from "./owner-labels.ts";

/** Options of {@link sweep}. */
export interface SweepOptions {
  readonly signal?: AbortSignal | undefined;
  /** Only objects that carry these labels too. @default none */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /**
   * Images younger than this are left alone: they may be the steps of a build that is running. @default 3,600,000 (1 h)
   */
  readonly imageAgeMs?: number | undefined;
}

/** What {@link sweep} removed, by id. */
export interface SweepResult {
  readonly containers: readonly string[];
  readonly images: readonly string[];
}

/**
 * Removes our containers whose owner process is gone (same host, pid dead or reused), and our images without a name that
 * nothing uses: what aborted or superseded builds leave. Containers of other hosts are left to those, and what the daemon
 * refuses to remove to the next sweep.
 * @throws {DockerError} `DOCKER_REQUEST_FAILED`; the signal's reason when aborted.
 */
export async function sweep(daemon: Daemon, options: SweepOptions = {}): Promise<SweepResult> {
  const { signal, imageAgeMs = 3_600_000 } = options;
  const more = Object.entries(options.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  const containers: string[] = [];
  for (const { id, labels } of await daemon.listContainers([`${labelNames.role}=container`, ...more], signal)) {
    const owner = ownerOf(labels);
    if (owner !== undefined && isOwnerGone(owner)) {
      signal?.throwIfAborted();
      if (await hasRemoved(daemon.removeContainer(id))) containers.push(id);
    }
  }
  const images: string[] = [];
  for (const { id, createdAtMs } of await daemon.listDanglingImages([`${labelNames.role}=image`, ...more], signal)) {
    if (Date.now() - createdAtMs >= imageAgeMs) {
      signal?.throwIfAborted();
      if (await hasRemoved(daemon.removeImage(id))) images.push(id);
    }
  }
  return { containers, images };
}

/** Sweeps meet: for what another one is just removing, dockerd has statuses up to 500. */
async function hasRemoved(removing: Promise<boolean | void>): Promise<boolean> {
  try {
    return (await removing) !== false;
  } catch (error) {
    if (error instanceof DockerError && error.statusCode !== undefined) return false;
    throw error;
  }
}
