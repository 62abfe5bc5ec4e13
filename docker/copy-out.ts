/** Takes a file out of a container, which may have ended. */
import { ArchiveError, extractTarFile, type ExtractedFile } from "../archive/index.ts";
import type { Daemon } from "./daemon.ts";
import { requestFailed } from "./request-failed.ts";

/** A file taken out of a container after its end. */
export interface ContainerOutput {
  /** Absolute path in the container. */
  readonly path: string;
  /** Where it is written on this machine, with its permission bits. */
  readonly destination: string;
}

/**
 * Undefined when there is no such file.
 * @throws {DockerError}; `ArchiveError` `ENTRY_REFUSED` when it is no regular file
 */
export async function copyOut(
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
