/** Runs a container from start to end: files in, command, files out, removed. */
import { ArchiveError, extractTarFile, type ExtractedFile } from "../archive/index.ts";
import type { ContainerOptions } from "./container-options.ts";
import type { Daemon } from "./daemon.ts";
import { requestFailed } from "./request-failed.ts";
import { startContainer, type ContainerExit, type RunningContainer } from "./start-container.ts";

/** A file taken out of a container after its end. */
export interface ContainerOutput {
  /** Absolute path in the container. */
  readonly path: string;
  /** Where it is written on this machine, with its permission bits. */
  readonly destination: string;
}

/** Options of {@link runContainer}. */
export interface RunContainerOptions extends ContainerOptions {
  /** What is taken out after the end; a function is asked then, for what nobody knows before. */
  readonly outputs?: readonly ContainerOutput[] | ((exit: ContainerExit) => readonly ContainerOutput[]) | undefined;
  /** Takes the container over once all is done, in place of its removal. */
  readonly onDone?: ((container: RunningContainer) => void) | undefined;
}

/** Result of {@link runContainer}. */
export interface ContainerResult extends ContainerExit {
  /** The outputs that exist, by their path in the container. One that the command did not make is missing. */
  readonly outputs: ReadonlyMap<string, ExtractedFile>;
}

/**
 * Runs a command in a new container and always removes it, unless `onDone` takes it over. A command that fails is a result, not an error.
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
      const file = await copyOut(daemon, container.id, output, options.signal);
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
  if (options.onDone === undefined) await container.remove();
  else options.onDone(container);
  return result;
}

async function copyOut(
  daemon: Daemon,
  id: string,
  { path, destination }: ContainerOutput,
  signal: AbortSignal | undefined,
): Promise<ExtractedFile | undefined> {
  const archive = await daemon.getArchive(id, path, signal);
  if (archive === undefined) {
    return undefined;
  }
  try {
    // The daemon names the entry by the last part of the path.
    return await extractTarFile(archive, { path: path.slice(path.lastIndexOf("/") + 1), destination });
  } catch (error) {
    signal?.throwIfAborted();
    // A system call that failed on this side (disk full, no permission) comes through as it is.
    const isLocal = error instanceof ArchiveError || (error as NodeJS.ErrnoException).path !== undefined;
    throw isLocal ? error : requestFailed(`Copying ${path} out of a container`, error);
  }
}
