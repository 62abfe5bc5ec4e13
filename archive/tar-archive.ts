/**
 * Tar archives, streamed: written for the Docker daemon, read from it and from npm's tarballs. The only importer of
 * tar-stream.
 */
import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, open, rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, pack, type Extract, type Pack } from "tar-stream";
import { ArchiveError } from "./errors.ts";

/** Files are read and written in pieces of this size: each is a message to another thread and back. */
const pieceBytes = 1 << 20;

/** One entry of an archive to write. */
export interface TarEntry {
  /** Path inside the archive; a leading `/` is dropped. */
  readonly path: string;
  /** The bytes, or the file they are streamed from, or what a symbolic link points to, or nothing for a folder. */
  readonly content: Buffer | { readonly fromFile: string } | { readonly linkTo: string } | "folder";
  /** Permission bits, such as 0o755. */
  readonly mode: number;
  /** @default 1970, so that equal entries make equal bytes */
  readonly modifiedAt?: Date;
}

/** What {@link extractTarFile} wrote. */
export interface ExtractedFile {
  readonly sizeBytes: number;
  /** Permission bits of the entry; the destination has them too. */
  readonly mode: number;
}

/**
 * A tar archive of `entries`, in their order, with owner 0: equal entries make equal bytes, so a Docker build finds its
 * cache. Files are streamed, never held whole. A file that cannot be read destroys the stream with
 * node's error.
 */
export function writeTar(entries: Iterable<TarEntry>): Readable {
  const archive = pack();
  const packed = writeEntries(archive, entries).catch((error: unknown) => archive.destroy(error as Error));
  return Readable.from(
    (async function* () {
      yield* archive as AsyncIterable<Buffer>;
      await packed;
    })(),
    { objectMode: false },
  );
}

async function writeEntries(archive: Pack, entries: Iterable<TarEntry>): Promise<void> {
  for (const { path, content, mode, modifiedAt = new Date(0) } of entries) {
    const header = { name: path.replace(/^\/+/, ""), mode, mtime: modifiedAt, uid: 0, gid: 0 };
    if (content === "folder") {
      archive.entry({ ...header, type: "directory" });
    } else if (Buffer.isBuffer(content)) {
      archive.entry({ ...header, size: content.length }, content);
    } else if ("linkTo" in content) {
      archive.entry({ ...header, type: "symlink", linkname: content.linkTo });
    } else {
      await writeFileEntry(archive, header, content.fromFile);
    }
  }
  archive.finalize();
}

async function writeFileEntry(archive: Pack, header: { name: string }, file: string): Promise<void> {
  // One handle for size and content, so that a file replaced in between cannot tear the archive.
  await using handle = await open(file);
  const { size } = await handle.stat();
  // Never past `size`, even if the file grows meanwhile: a tar entry cannot be longer than its header says.
  const content =
    size === 0
      ? Readable.from([])
      : handle.createReadStream({ autoClose: false, start: 0, end: size - 1, highWaterMark: pieceBytes });
  await pipeline(content, archive.entry({ ...header, size }));
}

/**
 * Streams the regular file `path` of the tar archive `source` to `destination`: under a temporary name first, then
 * renamed, with the entry's permission bits. The rest of the archive is not read.
 * @throws {ArchiveError} `ENTRY_NOT_FOUND`; `ENTRY_REFUSED` when it is no regular file; `BAD_ARCHIVE` with the cause
 * when the archive is garbage or cut off. Other errors (disk full, the source's own failures) come through as they are.
 */
export async function extractTarFile(
  source: Readable,
  options: { readonly path: string; readonly destination: string },
): Promise<ExtractedFile> {
  const archive = extract();
  // A failure of the source must end the loop below, and the end of the loop must end the source.
  const fed = pipeline(source, archive).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  try {
    for await (const entry of archive) {
      if (normalized(entry.header.name) === normalized(options.path)) {
        return await writeEntryTo(entry, options);
      }
      entry.resume();
    }
  } catch (error) {
    throw asArchiveError(error, options.path);
  } finally {
    source.destroy();
    archive.destroy();
  }
  const failure = await fed;
  if (failure !== undefined) {
    throw asArchiveError(failure.error, options.path);
  }
  throw new ArchiveError("ENTRY_NOT_FOUND", `Reading a tar archive: it has no entry ${options.path}`);
}

/**
 * Unpacks one file of a gzipped tarball, such as `package/bin/bun` of an npm package, as {@link extractTarFile} does.
 * @throws {ArchiveError} as there, naming the tarball.
 */
export async function extractFileFromTarball(
  tarballPath: string,
  entryPath: string,
  destination: string,
): Promise<void> {
  const gunzip = createGunzip();
  const file = createReadStream(tarballPath);
  const unzipped = pipeline(file, gunzip).catch((error: unknown) => gunzip.destroy(error as Error));
  try {
    await extractTarFile(gunzip, { path: entryPath, destination });
  } catch (error) {
    if (error instanceof ArchiveError) {
      const hint = error.code === "BAD_ARCHIVE" ? "Download it again: it is damaged or incomplete" : undefined;
      const message = `Unpacking ${entryPath} from ${tarballPath} failed: ${error.message}`;
      throw new ArchiveError(error.code, message, { cause: error.cause ?? error, ...(hint && { hint }) });
    }
    throw error;
  } finally {
    file.destroy();
    await unzipped;
  }
}

type Entry = Extract extends AsyncIterable<infer T> ? T : never;

async function writeEntryTo(
  entry: Entry,
  { path, destination }: { path: string; destination: string },
): Promise<ExtractedFile> {
  const { type, mode, size } = entry.header;
  if (type !== "file" && type !== "contiguous-file") {
    throw new ArchiveError("ENTRY_REFUSED", `Reading a tar archive: ${path} is a ${type}, not a regular file`);
  }
  const temporary = `${destination}.${randomBytes(6).toString("hex")}.partial`;
  try {
    await pipeline(entry, createWriteStream(temporary, { flags: "wx", highWaterMark: pieceBytes }));
    await chmod(temporary, mode & 0o777);
    await rename(temporary, destination);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { sizeBytes: size, mode: mode & 0o777 };
}

// tar-stream's own complaints carry no code; zlib's begin with Z_. System errors have a syscall and stay what they are.
function asArchiveError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof ArchiveError) {
    return error;
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && !code.startsWith("Z_") && code !== "ERR_STREAM_PREMATURE_CLOSE") {
    return error;
  }
  return new ArchiveError("BAD_ARCHIVE", `Reading ${path} from a tar archive: ${error.message}`, { cause: error });
}

function normalized(path: string): string {
  return path.replace(/^(\.?\/)+/, "");
}
