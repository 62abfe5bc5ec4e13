/**
 * Unpacks zip archives that may come from anywhere: nothing leaves the destination, nothing grows past the limit, and
 * a refusal leaves nothing behind. The only importer of yauzl.
 */
import { createWriteStream, read } from "node:fs";
import { chmod, open, readdir, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { inspect } from "node:util";
import { crc32, createInflateRaw } from "node:zlib";
import { fromRandomAccessReaderPromise, getFileNameLowLevel, RandomAccessReader, type Entry } from "yauzl";
import { ArchiveError, entryPathFault } from "./errors.ts";
import { makeFolder } from "./make-folder.ts";

/** How {@link extractZip} unpacks. */
export interface ExtractZipOptions {
  /** Most that all files together may have. @default 262_144_000, Lambda's limit for a function */
  readonly maxUnzippedBytes?: number;
}

/** What {@link extractZip} wrote. */
export interface ExtractedZip {
  /** Paths of the files inside the archive, in their order there. */
  readonly files: readonly string[];
  readonly unzippedBytes: number;
}

/**
 * Unpacks all files of a zip archive with their permission bits (0o644 where the archive has none).
 *
 * @param destinationFolder a fresh folder; made when it does not exist
 * @throws {ArchiveError} `BAD_ARCHIVE` when the file is no zip archive, damaged, cut off or without files;
 * `ENTRY_REFUSED`, naming the entry, for a path that leaves the folder or is there twice, a link or another special
 * file, encryption, an unknown compression, and for more bytes than allowed or declared. Node's errors as they are.
 */
export async function extractZip(
  zipPath: string,
  destinationFolder: string,
  { maxUnzippedBytes = 262_144_000 }: ExtractZipOptions = {},
): Promise<ExtractedZip> {
  const file = await open(zipPath);
  try {
    const created = await makeFolder(destinationFolder);
    const before = new Set(await readdir(destinationFolder));
    try {
      return await extractEntries({ zipPath, file, destinationFolder, maxUnzippedBytes });
    } catch (error) {
      const left = (await readdir(destinationFolder)).filter((name) => !before.has(name));
      const rubbish = created === undefined ? left.map((name) => join(destinationFolder, name)) : [created];
      await Promise.all(rubbish.map((path) => rm(path, { recursive: true, force: true })));
      throw error;
    }
  } finally {
    await file.close();
  }
}

interface Extraction {
  readonly zipPath: string;
  readonly file: FileHandle;
  readonly destinationFolder: string;
  readonly maxUnzippedBytes: number;
}

async function extractEntries(extraction: Extraction): Promise<ExtractedZip> {
  const { zipPath, file, destinationFolder, maxUnzippedBytes } = extraction;
  const { size } = await file.stat();
  const paths = new Set<string>();
  const files: string[] = [];
  let unzippedBytes = 0;
  try {
    const zip = await fromRandomAccessReaderPromise(new FileReader(file.fd), size, {
      autoClose: false,
      decodeStrings: false,
      validateEntrySizes: false,
    });
    for await (const entry of zip.eachEntry()) {
      const { path, isFolder, mode } = checkEntry(extraction, entry);
      if (isFolder) {
        await createInside(extraction, path, () => makeFolder(join(destinationFolder, path)));
        continue;
      }
      if (paths.has(path)) throw refused(zipPath, path, "is there twice");
      paths.add(path);
      unzippedBytes += entry.uncompressedSize;
      if (unzippedBytes > maxUnzippedBytes) {
        throw refused(zipPath, path, `brings the files to ${unzippedBytes} bytes; ${maxUnzippedBytes} are allowed`);
      }
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      await createInside(extraction, path, () => extractFile(extraction, { entry, path, mode, fileDataStart }));
      files.push(path);
    }
  } catch (error) {
    throw await asArchiveError(error, extraction);
  }
  if (files.length === 0) throw new ArchiveError("BAD_ARCHIVE", `Unpacking ${zipPath}: it holds no files`);
  return { files, unzippedBytes };
}

// Bits of the upper half of the external attributes, as in stat(2).
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
/** "Version made by" of systems that write permission bits: Unix and macOS (APPNOTE.TXT 4.4.2.2). */
const unixHosts: readonly number[] = [3, 19];

function checkEntry({ zipPath }: Extraction, entry: Entry): { path: string; isFolder: boolean; mode: number } {
  // Decoded here: yauzl would turn backslashes into slashes, and refuse a name without a code to know it by.
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
  const attributes = entry.externalFileAttributes >>> 16;
  const type = attributes & S_IFMT;
  const path = name
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
  const isFolder = name.endsWith("/") || type === S_IFDIR;
  const fault =
    entryPathFault(name) ??
    (path === "" && !isFolder ? "names no file" : undefined) ??
    (type === 0 || type === S_IFDIR || type === S_IFREG ? undefined : "is a link or another special file") ??
    (entry.isEncrypted() ? "is encrypted" : undefined) ??
    (entry.canDecodeFileData() ? undefined : `has the unknown compression method ${entry.compressionMethod}`);
  if (fault !== undefined) throw refused(zipPath, name, fault);
  const hasMode = attributes !== 0 && unixHosts.includes(entry.versionMadeBy >>> 8);
  return { path, isFolder, mode: hasMode ? attributes & 0o777 : 0o644 };
}

/** Of each read and each inflated piece. An 80 MB executable takes less than half the time of zlib's 16 KiB. */
const chunkBytes = 256 * 1024;

async function extractFile(
  { zipPath, file, destinationFolder }: Extraction,
  { entry, path, mode, fileDataStart }: { entry: Entry; path: string; mode: number; fileDataStart: number },
): Promise<void> {
  const target = join(destinationFolder, path);
  await makeFolder(dirname(target));
  let sizeBytes = 0;
  let checksum = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      checksum = crc32(chunk, checksum);
      const isMore = sizeBytes > entry.uncompressedSize;
      const fault = `has more than the ${entry.uncompressedSize} bytes it declares`;
      done(isMore ? refused(zipPath, path, fault) : null, chunk);
    },
  });
  const packed = packedBytes(file, fileDataStart, entry.compressedSize);
  const destination = createWriteStream(target, { flags: "wx" });
  const isDeflated = entry.compressionMethod === 8 && entry.compressedSize > 0;
  await (isDeflated
    ? pipeline(packed, createInflateRaw({ chunkSize: chunkBytes }), counted, destination)
    : pipeline(packed, counted, destination));
  if (sizeBytes !== entry.uncompressedSize || checksum !== entry.crc32) {
    const message = `Unpacking ${zipPath}: the entry ${JSON.stringify(path)} is damaged: its checksum or size is not as declared`;
    throw new ArchiveError("BAD_ARCHIVE", message);
  }
  await chmod(target, mode);
}

/** No stream on the descriptor: destroyed after a failure, one closes it under our feet, whatever `autoClose` says. */
async function* packedBytes(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < length;) {
    const chunk = Buffer.allocUnsafe(Math.min(length - done, chunkBytes));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, start + done);
    if (bytesRead === 0) throw new Error("the file has become shorter");
    yield chunk.subarray(0, bytesRead);
    done += bytesRead;
  }
}

/** Names that a file system cannot hold, or that it holds already, are the archive's fault. */
async function createInside({ zipPath }: Extraction, path: string, create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isTaken = code === "EEXIST" || code === "ENOTDIR" || code === "EISDIR";
    if (!isTaken && code !== "ENAMETOOLONG") throw error;
    const fault = isTaken ? "has the place of another file or folder" : "has a name too long for this file system";
    throw refused(zipPath, path, fault, error);
  }
}

function refused(zipPath: string, path: string, fault: string, cause?: unknown): ArchiveError {
  const message = `Unpacking ${zipPath}: the entry ${JSON.stringify(path)} ${fault}`;
  return new ArchiveError("ENTRY_REFUSED", message, cause === undefined ? {} : { cause });
}

/** yauzl's complaints have no code, zlib's begin with Z_; the system's come from a system call and stay as they are. */
async function asArchiveError(error: unknown, { zipPath, file }: Extraction): Promise<unknown> {
  if (error instanceof ArchiveError || !(error instanceof Error) || "syscall" in error) return error;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
  const start = buffer.toString("latin1", 0, bytesRead);
  if (start.startsWith("PK")) {
    const hint = "Build or download it again";
    const message = `Unpacking ${zipPath}: it is damaged or cut off: ${error.message}`;
    return new ArchiveError("BAD_ARCHIVE", message, { hint, cause: error });
  }
  const found = bytesRead === 0 ? "it is empty" : `it starts with ${inspect(start)}`;
  return new ArchiveError("BAD_ARCHIVE", `Unpacking ${zipPath}: it is not a zip archive: ${found}`, { cause: error });
}

/** yauzl's own reader throws out of a callback, which ends the process, when an archive names an offset past 2^53. */
class FileReader extends RandomAccessReader {
  readonly #fd: number;

  constructor(fd: number) {
    super();
    this.#fd = fd;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (!Number.isSafeInteger(position)) {
      callback(new Error(`offset ${position} is outside the file`));
      return;
    }
    read(this.#fd, buffer, offset, length, position, callback);
  }
}
