/**
 * Writes zip archives that are byte-identical for identical entries on any machine: sorted, one date, no owner, no
 * folder entries.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { ChunkCache } from "./chunk-cache.ts";
import { deflateChunks } from "./deflate-chunks.ts";
import { openContent } from "./entry-content.ts";
import { ArchiveError, entryPathFault } from "./errors.ts";
import {
  centralDirectory,
  localHeader,
  localHeaderLength,
  maxEntries,
  maxFieldBytes,
  maxNameBytes,
  type EntryHeader,
} from "./zip-format.ts";

/** One regular file of an archive to write. */
export interface ZipEntry {
  /** Path inside the archive, relative, with `/` between folders. */
  readonly path: string;
  /** The bytes, or the file they are streamed from; the archive does not show which. */
  readonly content: Buffer | { readonly fromFile: string };
  /** Permission bits, such as 0o755. */
  readonly mode: number;
}

/** How {@link writeZip} writes. */
export interface WriteZipOptions {
  /** zlib's, 0 (no compression) to 9. @default 6: 9 takes three times as long and saves 0.3 % of an engine */
  readonly compressionLevel?: number;
  /** Keeps compressed pieces, so that what an archive has in common with an earlier one is not compressed again. @default none */
  readonly cacheFolder?: string;
  readonly signal?: AbortSignal;
}

/** What {@link writeZip} wrote. */
export interface WrittenZip {
  /** Of the archive. */
  readonly sizeBytes: number;
  /** Of the archive, in hexadecimal. Another zlib may compress otherwise: for information, not a cache key. */
  readonly sha256: string;
  /** Of the contents, in hexadecimal, by their paths. */
  readonly contentHashes: ReadonlyMap<string, string>;
}

/**
 * Writes a zip archive under a temporary name beside `destination`, then renames it: after a failure the previous file
 * is untouched and nothing else is left. The bytes are the same with and without a cache. Files are read in pieces.
 *
 * @throws {ArchiveError} `ENTRY_REFUSED` for a path that is unsafe, not in its plain form or there twice, for a `fromFile`
 * that is no regular file or changes meanwhile, and for what only Zip64 could hold; `signal.reason` when aborted; node's errors as they are.
 */
export async function writeZip(
  destination: string,
  entries: Iterable<ZipEntry>,
  { compressionLevel = 6, cacheFolder, signal }: WriteZipOptions = {},
): Promise<WrittenZip> {
  signal?.throwIfAborted();
  const sorted = [...entries].toSorted((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  checkPaths(destination, sorted);
  const cache = cacheFolder === undefined ? undefined : new ChunkCache(cacheFolder);
  const temporary = `${destination}.${randomBytes(6).toString("hex")}.partial`;
  try {
    const written = await writeArchive({ destination, temporary, entries: sorted, compressionLevel, cache, signal });
    signal?.throwIfAborted();
    await rename(temporary, destination);
    await cache?.prune();
    return written;
  } catch (error) {
    await rm(temporary, { force: true });
    signal?.throwIfAborted();
    // A full disk, for one: node's words for a write do not say of what.
    if ((error as NodeJS.ErrnoException).syscall === "write") {
      (error as Error).message = `Writing ${destination}: ${(error as Error).message}`;
    }
    throw error;
  }
}

interface Archive {
  readonly destination: string;
  readonly temporary: string;
  readonly entries: readonly ZipEntry[];
  readonly compressionLevel: number;
  readonly cache: ChunkCache | undefined;
  readonly signal: AbortSignal | undefined;
}

async function writeArchive(archive: Archive): Promise<WrittenZip> {
  await using file = await open(archive.temporary, "wx");
  const headers: EntryHeader[] = [];
  const contentHashes = new Map<string, string>();
  let end = 0;
  for (const entry of archive.entries) {
    // oxlint-disable-next-line no-await-in-loop -- each begins where the one before ends
    const { sha256, ...header } = await writeEntry(file, end, entry, archive);
    headers.push(header);
    contentHashes.set(entry.path, sha256);
    end += localHeaderLength(entry.path) + header.compressedBytes;
    if (end > maxFieldBytes) throw refused(archive.destination, entry.path, "ends beyond 4 GiB, which takes Zip64");
  }
  const directory = centralDirectory(headers, end);
  await writeAll(file, directory, end);
  return { sizeBytes: end + directory.length, sha256: await hashOf(archive.temporary), contentHashes };
}

/** The header has sizes and checksum, which are known last: it is written over the gap that is left for it. */
async function writeEntry(
  file: FileHandle,
  offset: number,
  entry: ZipEntry,
  archive: Archive,
): Promise<EntryHeader & { readonly sha256: string }> {
  const { path, mode } = entry;
  await using content = await openContent(entry.content, (fault) => refused(archive.destination, path, fault));
  const { sizeBytes } = content;
  if (sizeBytes > maxFieldBytes) throw refused(archive.destination, path, "has more than 4 GiB, which takes Zip64");
  let at = offset + localHeaderLength(path);
  let checksum = 0;
  const hash = createHash("sha256");
  for await (const { plain, deflated } of deflateChunks(content, archive.compressionLevel, archive.cache)) {
    archive.signal?.throwIfAborted();
    checksum = crc32(plain, checksum);
    hash.update(plain);
    await writeAll(file, deflated, at);
    at += deflated.length;
  }
  await content.checkEnd();
  const method = sizeBytes === 0 ? "stored" : "deflated";
  const compressedBytes = at - offset - localHeaderLength(path);
  const header: EntryHeader = { path, mode, method, crc32: checksum, compressedBytes, sizeBytes, offset };
  await writeAll(file, localHeader(header), offset);
  return { ...header, sha256: hash.digest("hex") };
}

/** A disk that is nearly full takes a part, and says so only when it is given the rest. */
async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    // oxlint-disable-next-line no-await-in-loop -- until all is written
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function checkPaths(destination: string, entries: readonly ZipEntry[]): void {
  if (entries.length > maxEntries) {
    throw new ArchiveError("ENTRY_REFUSED", `Writing ${destination}: ${entries.length} entries take Zip64`);
  }
  const files = new Set<string>();
  for (const { path } of entries) {
    const plain = path.split("/").every((part) => part !== "" && part !== ".");
    const nameBytes = Buffer.byteLength(path);
    const parents = [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
    const fault =
      entryPathFault(path) ??
      (plain ? undefined : "is not in its plain form: it has an empty part or a dot for one") ??
      (files.has(path) ? "is there twice" : undefined) ??
      (parents.some((parent) => files.has(parent)) ? "is inside another file" : undefined) ??
      (nameBytes > maxNameBytes ? `has a name of ${nameBytes} bytes; a zip archive takes ${maxNameBytes}` : undefined);
    if (fault !== undefined) throw refused(destination, path, fault);
    files.add(path);
  }
}

function refused(destination: string, path: string, fault: string): ArchiveError {
  const name = JSON.stringify(path.length > 1000 ? `${path.slice(0, 1000)}…` : path);
  return new ArchiveError("ENTRY_REFUSED", `Writing ${destination}: the entry ${name} ${fault}`);
}
