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
  readonly plain: Buffer;
  readonly deflated: Buffer;
}

/** @param level zlib's, 0 to 9. @returns the pieces in their order */
export async function* deflateChunks(
  content: EntryContent,
  level: number,
  cache: ChunkCache | undefined,
): AsyncGenerator<DeflatedChunk, void, undefined> {
  const pending: Promise<DeflatedChunk>[] = [];
  try {
    for (let at = 0; at < content.sizeBytes || pending.length > 0;) {
      for (; at < content.sizeBytes && pending.length < inFlight; at += chunkBytes) {
        const chunk = deflateChunk(content, { at, level }, cache);
        // It is looked at when its turn comes.
        chunk.catch(() => {});
        pending.push(chunk);
      }
      yield await (pending.shift() as Promise<DeflatedChunk>);
    }
  } finally {
    // Whoever stops taking pieces may close what they are read from.
    await Promise.allSettled(pending);
  }
}

async function deflateChunk(
  content: EntryContent,
  { at, level }: { readonly at: number; readonly level: number },
  cache: ChunkCache | undefined,
): Promise<DeflatedChunk> {
  const begin = Math.max(0, at - windowBytes);
  const end = Math.min(at + chunkBytes, content.sizeBytes);
  const isLast = end === content.sizeBytes;
  const bytes = await content.read(begin, end);
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
  return { plain, deflated };
}
