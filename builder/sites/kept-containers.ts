/**
 * Containers of a build that have done their work. Nobody waits for their removal before the end, and one whose volume has
 * the bootstrap in it stays until that was started: it need not travel to the daemon once more, nor arrive here before.
 */
import { stat } from "node:fs/promises";
import type { RunningContainer } from "../../docker/index.ts";

interface Holder {
  readonly container: RunningContainer;
  /** Settles when its output is on this machine, or will not come. */
  readonly copied: Promise<void>;
  /** Of the copy on this machine, once it is there. */
  version: string | undefined;
}

/** Of one build. */
export class KeptContainers {
  /** By the paths of the copies. */
  readonly #holders = new Map<string, Holder>();
  readonly #removals: Promise<void>[] = [];

  /** Keeps a container while its output is copied to a path of this machine, and afterwards. */
  keep(container: RunningContainer, path: string, arrived: Promise<void>): void {
    const holder: Holder = {
      container,
      version: undefined,
      // Why it does not come, those are told who wait for it.
      copied: arrived.then(async () => void (holder.version = await versionOf(path))).catch(() => {}),
    };
    this.#holders.set(path, holder);
  }

  /** Id of the container that holds what is at the path, or soon will be; undefined when none does, or the file was changed. */
  async holderOf(path: string): Promise<string | undefined> {
    const holder = this.#holders.get(path);
    const isSame = holder?.version === undefined || holder.version === (await versionOf(path));
    return isSame ? holder?.container.id : undefined;
  }

  /** The container is needed no longer than its output is copied. */
  release(path: string): void {
    const holder = this.#holders.get(path);
    if (holder === undefined) return;
    this.#holders.delete(path);
    this.#removals.push(holder.copied.then(() => holder.container.remove()).catch(() => {}));
  }

  /** Begins to remove one. */
  remove(container: RunningContainer): void {
    // Where that fails, the next sweep does it.
    this.#removals.push(container.remove().catch(() => {}));
  }

  /** Resolves when all are removed, and nothing is copied any more. */
  async close(): Promise<void> {
    for (const path of this.#holders.keys()) this.release(path);
    await Promise.all(this.#removals);
  }
}

async function versionOf(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return `${size} ${mtimeMs}`;
}
