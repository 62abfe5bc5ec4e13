/**
 * Deflate in pieces: each is compressed by itself, several at a time on zlib's threads, and those that were compressed
 * before come from a cache. Strung together they are one deflate stream (RFC 1951), and always the same one.
 */
import { promisify } from "node:util";
import { constants, deflateRaw } from "node:zlib";
import type { ChunkCache } from "./chunk-cache.ts";
import type { EntryContent } from "./entry-content.ts";

const compress = promisify(deflateRaw);

/** Measured on JavaScript engines: pieces of this size cost 0.1 % over one stream, and keep all threads busy. */
const chunkBytes = 1 << 20;
/** How far back deflate looks: what stands there serves the next piece as its dictionary. */
const windowBytes = 1 << 15;
/** As many as zlib has threads (libuv's default pool), and as many again waiting, so that none runs dry. */
const inFlight = 8;

/** A piece of the input and what became of it. */
export interface DeflatedChunk {
  /** Used again when the next piece is asked for. */
  readonly plain: Buffer;
  readonly deflated: Buffer;
}

/** @param level zlib's, 0 to 9. @returns the pieces in their order */
export async function* deflateChunks(
  content: EntryContent,
  level: number,
  cache: ChunkCache | undefined,
): AsyncGenerator<DeflatedChunk, void, undefined> {
  const pending: ReturnType<typeof deflateChunk>[] = [];
  // Of those that were taken: as many as are in flight, whatever the size of the entry.
  const memory: Buffer[] = [];
  try {
    for (let at = 0; at < content.sizeBytes || pending.length > 0;) {
      for (; at < content.sizeBytes && pending.length < inFlight; at += chunkBytes) {
        const into = memory.pop() ?? newMemory(content);
        const chunk = deflateChunk(content, { at, level, into }, cache);
        // It is looked at when its turn comes.
        chunk.catch(() => {});
        pending.push(chunk);
      }
      const { memory: used, ...chunk } = await (pending.shift() as ReturnType<typeof deflateChunk>);
      yield chunk;
      memory.push(used);
    }
  } finally {
    // Whoever stops taking pieces may close what they are read from.
    await Promise.allSettled(pending);
  }
}

function newMemory({ sizeBytes }: EntryContent): Buffer {
  return Buffer.allocUnsafeSlow(Math.min(sizeBytes, windowBytes + chunkBytes));
}

async function deflateChunk(
  content: EntryContent,
  { at, level, into }: { readonly at: number; readonly level: number; readonly into: Buffer },
  cache: ChunkCache | undefined,
): Promise<DeflatedChunk & { readonly memory: Buffer }> {
  const begin = Math.max(0, at - windowBytes);
  const end = Math.min(at + chunkBytes, content.sizeBytes);
  const isLast = end === content.sizeBytes;
  const bytes = await content.read(begin, end, into);
  const dictionary = bytes.subarray(0, at - begin);
  const plain = bytes.subarray(at - begin);
  const make = (): Promise<Buffer> =>
    compress(plain, {
      level,
      ...(dictionary.length === 0 ? {} : { dictionary }),
      // A flush ends the piece on a whole byte without ending the stream.
      finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    });
  const deflated = await (cache === undefined
    ? make()
    : cache.getOrMake([`${level} ${isLast} ${dictionary.length}`, bytes], make));
  return { plain, deflated, memory: into };
}
