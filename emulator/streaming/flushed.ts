/** The speed of a reader, for whoever writes to it. */
import type { Writable } from "node:stream";

/** Resolves when more can be written: true, or false when the reader has gone. */
export async function flushed(writable: Writable): Promise<boolean> {
  if (writable.destroyed) return false;
  if (!writable.writableNeedDrain) return true;
  return new Promise((resolve) => {
    const settle = (): void => {
      writable.off("drain", settle).off("close", settle);
      resolve(!writable.destroyed);
    };
    writable.once("drain", settle).once("close", settle);
  });
}
