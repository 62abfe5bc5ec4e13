/**
 * Writes zip archives that are byte-identical for identical entries on any machine: sorted, one date, no owner, no
 * folder entries. The only importer of yazl.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { ArchiveError, entryPathFault } from "./errors.ts";

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
  /** zlib's, 0 (stored) to 9. @default 6 */
  readonly compressionLevel?: number;
  readonly signal?: AbortSignal;
}

/** What {@link writeZip} wrote. */
export interface WrittenZip {
  /** Of the archive. */
  readonly sizeBytes: number;
  /** Of the archive, in hexadecimal. Another zlib may compress otherwise: for information, not a cache key. */
  readonly sha256: string;
}

/**
 * Writes a zip archive under a temporary name beside `destination`, then renames it: after a failure the previous file
 * is untouched and nothing else is left.
 *
 * @throws {ArchiveError} `ENTRY_REFUSED` for a path that is unsafe, not in its plain form or there twice, and for a
 * `fromFile` that is no regular file; `signal.reason` when aborted; node's errors as they are.
 */
export async function writeZip(
  destination: string,
  entries: Iterable<ZipEntry>,
  { compressionLevel = 6, signal }: WriteZipOptions = {},
): Promise<WrittenZip> {
  signal?.throwIfAborted();
  const sorted = [...entries].toSorted((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  checkPaths(destination, sorted);
  const sizes = await Promise.all(sorted.map((entry) => contentSize(destination, entry)));

  const zip = new ZipFile();
  const archive = zip.outputStream as Readable;
  const sources: Readable[] = [];
  const temporary = `${destination}.${randomBytes(6).toString("hex")}.partial`;
  try {
    // yazl leaves its output open after an error; destroyed, it ends the pipeline below.
    zip.on("error", (error: Error) => archive.destroy(error));
    for (const [index, { path, content, mode }] of sorted.entries()) {
      const size = sizes[index] ?? 0;
      zip.addReadStreamLazy(path, { ...entryOptions(mode), compressionLevel, size }, (done) => {
        const source = Buffer.isBuffer(content) ? Readable.from([content]) : createReadStream(content.fromFile);
        sources.push(source.on("error", (error: Error) => archive.destroy(error)));
        done(null, source);
      });
    }
    zip.end();
    const written = await writeHashed(archive, temporary, signal);
    signal?.throwIfAborted();
    await rename(temporary, destination);
    return written;
  } catch (error) {
    await rm(temporary, { force: true });
    signal?.throwIfAborted();
    throw error;
  } finally {
    for (const source of sources) source.destroy();
  }
}

/** A zip's DOS time is local time, so a local date gives the same bytes in every time zone. */
function entryOptions(mode: number): { mode: number; mtime: Date; forceDosTimestamp: boolean } {
  return { mode: 0o100000 | (mode & 0o777), mtime: new Date(1980, 0, 1), forceDosTimestamp: true };
}

async function writeHashed(archive: Readable, file: string, signal: AbortSignal | undefined): Promise<WrittenZip> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  await pipeline(
    archive,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(file, { flags: "wx" }),
    signal === undefined ? {} : { signal },
  );
  return { sizeBytes, sha256: hash.digest("hex") };
}

function checkPaths(destination: string, entries: readonly ZipEntry[]): void {
  const files = new Set<string>();
  for (const { path } of entries) {
    const plain = path.split("/").every((part) => part !== "" && part !== ".");
    const parents = [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
    const fault =
      entryPathFault(path) ??
      (plain ? undefined : "is not in its plain form: it has an empty part or a dot for one") ??
      (files.has(path) ? "is there twice" : undefined) ??
      (parents.some((parent) => files.has(parent)) ? "is inside another file" : undefined);
    if (fault !== undefined) throw refused(destination, path, fault);
    files.add(path);
  }
}

async function contentSize(destination: string, { path, content }: ZipEntry): Promise<number> {
  if (Buffer.isBuffer(content)) return content.length;
  const stats = await stat(content.fromFile);
  if (!stats.isFile()) throw refused(destination, path, `comes from ${content.fromFile}, which is no regular file`);
  return stats.size;
}

function refused(destination: string, path: string, fault: string): ArchiveError {
  return new ArchiveError("ENTRY_REFUSED", `Writing ${destination}: the entry ${JSON.stringify(path)} ${fault}`);
}
