/**
 * Containers of a build that have done their work. Nobody waits for their removal before the end, and one whose volume has
 * the bootstrap in it stays until that was started: it need not travel to the daemon once more.
 */
import { stat } from "node:fs/promises";
import type { RunningContainer } from "../../docker/index.ts";

interface Holder {
  readonly container: RunningContainer;
  /** Of the copy on this machine. */
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Of one build. */
export class KeptContainers {
  /** By the paths of the copies. */
  readonly #holders = new Map<string, Holder>();
  readonly #removals: Promise<void>[] = [];

  /** Keeps a container that holds the same bytes as the file of this machine. */
  async keep(container: RunningContainer, path: string): Promise<void> {
    const { size, mtimeMs } = await stat(path);
    this.#holders.set(path, { container, sizeBytes: size, modifiedMs: mtimeMs });
  }

  /** Id of the container that holds the file; undefined when none does, or the file has been changed since. */
  async holderOf(path: string): Promise<string | undefined> {
    const holder = this.#holders.get(path);
    if (holder === undefined) return undefined;
    const { size, mtimeMs } = await stat(path);
    return size === holder.sizeBytes && mtimeMs === holder.modifiedMs ? holder.container.id : undefined;
  }

  /** Begins to remove one. */
  remove(container: RunningContainer): void {
    // Where that fails, the next sweep does it.
    this.#removals.push(container.remove().catch(() => {}));
  }

  /** Resolves when all are removed. */
  async close(): Promise<void> {
    for (const { container } of this.#holders.values()) this.remove(container);
    this.#holders.clear();
    await Promise.all(this.#removals);
  }
}
