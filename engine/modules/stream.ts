/** `node:stream`, by the package readable-stream. */
import streams from "readable-stream";

type Streams = typeof import("node:stream") &
  Readonly<Record<"compose" | "destroy" | "isDisturbed", (...args: unknown[]) => unknown>>;

export const {
  Stream,
  Readable,
  Writable,
  Duplex,
  Transform,
  PassThrough,
  addAbortSignal,
  compose,
  destroy,
  finished,
  isDisturbed,
  isErrored,
  isReadable,
  pipeline,
  promises,
  getDefaultHighWaterMark,
  setDefaultHighWaterMark,
} = streams as unknown as Streams;
