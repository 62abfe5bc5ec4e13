/**
 * Deflate in pieces: each is compressed by itself, several at a time on zlib's threads, and those that were compressed
 * before come from a cache. Strung together they are one deflate stream (RFC 1951), and always the same one.
 */
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, deflateRaw } from "node:zlib";
import type { ChunkCache } from "./chunk-cache.ts";

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

/** The bytes of an entry. */
export type ChunkSource = Buffer | { readonly handle: FileHandle; readonly sizeBytes: number };

/** @param level zlib's, 0 to 9. @returns the pieces in their order */
export async function* deflateChunks(
  source: ChunkSource,
  level: number,
  cache: ChunkCache | undefined,
): AsyncGenerator<DeflatedChunk, void, undefined> {
  const pending: Promise<DeflatedChunk>[] = [];
  const sizeBytes = Buffer.isBuffer(source) ? source.length : source.sizeBytes;
  let dictionary: Buffer = Buffer.alloc(0);
  try {
    for (let at = 0; at < sizeBytes; at += chunkBytes) {
      // oxlint-disable-next-line no-await-in-loop -- in order, since each is the dictionary of the next
      const plain = await read(source, at, Math.min(chunkBytes, sizeBytes - at));
      const isLast = at + chunkBytes >= sizeBytes;
      const chunk = deflate({ plain, dictionary, level, isLast }, cache).then((deflated) => ({ plain, deflated }));
      // It is looked at when its turn comes.
      chunk.catch(() => {});
      pending.push(chunk);
      dictionary = plain.subarray(-windowBytes);
      if (pending.length >= inFlight) yield (await pending.shift()) as DeflatedChunk;
    }
    for (const chunk of pending.splice(0)) yield await chunk;
  } finally {
    await Promise.allSettled(pending);
  }
}

async function read(source: ChunkSource, at: number, length: number): Promise<Buffer> {
  if (Buffer.isBuffer(source)) return source.subarray(at, at + length);
  const buffer = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    // oxlint-disable-next-line no-await-in-loop -- until the piece is full
    const { bytesRead } = await source.handle.read(buffer, filled, length - filled, at + filled);
    if (bytesRead === 0) throw new Error("the file became shorter while it was read");
    filled += bytesRead;
  }
  return buffer;
}

interface Piece {
  readonly plain: Buffer;
  readonly dictionary: Buffer;
  readonly level: number;
  readonly isLast: boolean;
}

async function deflate(piece: Piece, cache: ChunkCache | undefined): Promise<Buffer> {
  const { plain, dictionary, level, isLast } = piece;
  const make = (): Promise<Buffer> =>
    compress(plain, {
      level,
      ...(dictionary.length === 0 ? {} : { dictionary }),
      // A flush ends the piece on a whole byte without ending the stream.
      finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    });
  return cache === undefined
    ? make()
    : cache.getOrMake([`${level} ${isLast} ${dictionary.length}`, dictionary, plain], make);
}
