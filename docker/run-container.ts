/** Runs a container from start to end: files in, command, files out, removed. */
import type { ExtractedFile } from "../archive/index.ts";
import type { ContainerOptions } from "./container-options.ts";
import type { ContainerOutput } from "./copy-out.ts";
import type { Daemon } from "./daemon.ts";
import { startContainer, type ContainerExit } from "./start-container.ts";

/** Options of {@link runContainer}. */
export interface RunContainerOptions extends ContainerOptions {
  /** What is taken out after the end; a function is asked then, for what nobody knows before. */
  readonly outputs?: readonly ContainerOutput[] | ((exit: ContainerExit) => readonly ContainerOutput[]) | undefined;
}

/** Result of {@link runContainer}. */
export interface ContainerResult extends ContainerExit {
  /** The outputs that exist, by their path in the container. One that the command did not make is missing. */
  readonly outputs: ReadonlyMap<string, ExtractedFile>;
}

/**
 * Runs a command in a new container and always removes it. A command that fails is a result, not an error.
 * @throws what `startContainer` and `exited` reject with; `ArchiveError` `ENTRY_REFUSED` when an output is no regular file.
 */
export async function runContainer(daemon: Daemon, options: RunContainerOptions): Promise<ContainerResult> {
  const container = await startContainer(daemon, options);
  let result: ContainerResult;
  try {
    const exit = await container.exited;
    const outputs = new Map<string, ExtractedFile>();
    const { outputs: wanted = [] } = options;
    for (const output of typeof wanted === "function" ? wanted(exit) : wanted) {
      const file = await container.copyOut(output, options.signal);
      if (file !== undefined) {
        outputs.set(output.path, file);
      }
    }
    result = { ...exit, outputs };
  } catch (error) {
    // Where that fails as well, the next sweep does it: what went wrong first is what counts.
    await container.remove().catch(() => undefined);
    throw error;
  }
  await container.remove();
  return result;
}
