/** Compressed pieces on disk, by a hash of what they were made from. Never needed, only quick: whatever fails is made anew. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** Raised when what is stored, or how it is made, changes. */
const format = "deflate-v1";
/** The pieces of a few engines in a few versions each. */
const defaultMaxBytes = 512 << 20;
const checksumBytes = 4;
/** A piece in use is young again once a day: the oldest go first. */
const refreshAfterMs = 86_400_000;

export class ChunkCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  #hasWritten = false;

  /** @param folder shared with other caches; this one has a folder of its own in it. @param maxBytes what it may hold */
  constructor(folder: string, maxBytes: number = defaultMaxBytes) {
    this.#folder = join(folder, format);
    this.#maxBytes = maxBytes;
  }

  /** The piece made from `parts`, from disk or by `make`. Rejects only with what `make` rejects with. */
  async getOrMake(parts: readonly (string | Buffer)[], make: () => Promise<Buffer>): Promise<Buffer> {
    const hash = createHash("sha256");
    // zlib's own version counts: another one may compress otherwise.
    hash.update(`${process.versions.zlib}\0`);
    for (const part of parts) hash.update(part);
    const path = join(this.#folder, hash.digest("hex"));
    const found = await this.#read(path).catch(() => undefined);
    if (found !== undefined) return found;
    const made = await make();
    await this.#write(path, made).catch(() => {});
    return made;
  }

  /** Removes the oldest pieces while there are too many; to be called when the work is done. */
  async prune(): Promise<void> {
    if (!this.#hasWritten) return;
    this.#hasWritten = false;
    await this.#removeOldest().catch(() => {});
  }

  async #read(path: string): Promise<Buffer | undefined> {
    await using handle = await open(path);
    const content = await handle.readFile();
    const piece = content.subarray(checksumBytes);
    if (content.length < checksumBytes || crc32(piece) !== content.readUInt32LE(0)) return undefined;
    const { mtimeMs } = await handle.stat();
    const now = Date.now();
    if (now - mtimeMs > refreshAfterMs) await utimes(path, now / 1000, now / 1000).catch(() => {});
    return piece;
  }

  async #write(path: string, piece: Buffer): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const checksum = Buffer.alloc(checksumBytes);
    checksum.writeUInt32LE(crc32(piece), 0);
    const temporary = `${path}.${randomBytes(6).toString("hex")}`;
    try {
      await writeFile(temporary, Buffer.concat([checksum, piece]), { flag: "wx" });
      await rename(temporary, path);
      this.#hasWritten = true;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async #removeOldest(): Promise<void> {
    const names = await readdir(this.#folder);
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        // Another process may have removed it.
        const stats = await stat(path).catch(() => undefined);
        return { path, sizeBytes: stats?.size ?? 0, modifiedMs: stats?.mtimeMs ?? 0 };
      }),
    );
    let total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { path, sizeBytes } of files.toSorted((a, b) => a.modifiedMs - b.modifiedMs)) {
      if (total <= this.#maxBytes) return;
      // oxlint-disable-next-line no-await-in-loop -- as many as needed, the oldest first
      await rm(path, { force: true });
      total -= sizeBytes;
    }
  }
}
