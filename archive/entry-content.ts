/** The bytes of an entry: at hand, or in a file that is read piece by piece. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** Bytes that can be read from any place, until it is closed. */
export interface EntryContent extends AsyncDisposable {
  readonly sizeBytes: number;
  /**
   * The bytes from `from` up to, without, `to`.
   *
   * @param into memory to use for them, where it is large enough: a new piece of it for each would keep the collector busy
   */
  read(from: number, to: number, into?: Buffer): Promise<Buffer>;
  /** To be called when all is read: rejects where there is more than `sizeBytes`. */
  checkEnd(): Promise<void>;
}

/**
 * Opens the content of an entry.
 *
 * @param refuse makes the error for a file that cannot be an entry; what it is given goes on from the name of the entry
 * @throws what `refuse` makes, here and while reading; node's errors as they are
 */
export async function openContent(
  content: Buffer | { readonly fromFile: string },
  refuse: (fault: string) => Error,
): Promise<EntryContent> {
  return Buffer.isBuffer(content) ? new BufferContent(content) : openFile(content.fromFile, refuse);
}

class BufferContent implements EntryContent {
  readonly #bytes: Buffer;
  readonly sizeBytes: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.sizeBytes = bytes.length;
  }

  async read(from: number, to: number): Promise<Buffer> {
    return this.#bytes.subarray(from, to);
  }

  async checkEnd(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

async function openFile(path: string, refuse: (fault: string) => Error): Promise<EntryContent> {
  // A pipe would otherwise be waited for before it can be refused.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const readUpTo = async (from: number, to: number, into?: Buffer): Promise<Buffer> => {
    const length = to - from;
    // Of its own, not of the pool: pieces are large.
    const buffer =
      into !== undefined && into.length >= length ? into.subarray(0, length) : Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < buffer.length) {
      // oxlint-disable-next-line no-await-in-loop -- until the piece is full
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  };
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refuse(`comes from ${path}, which is no regular file`);
    const changed = `comes from ${path}, which changed while it was read`;
    return {
      sizeBytes: stats.size,
      async read(from, to, into) {
        const bytes = await readUpTo(from, to, into);
        if (bytes.length < to - from) throw refuse(changed);
        return bytes;
      },
      async checkEnd() {
        if ((await readUpTo(stats.size, stats.size + 1)).length > 0) throw refuse(changed);
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
