/** Waits for the end of a process: one that only waits for its parent to look after it has ended. */
import { readFileSync } from "node:fs";

/** By the state in `/proc/pid/stat` (proc(5)). */
function isRunning(pid: number): boolean {
  try {
    const state = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1];
    return state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}

/** Resolves once it is gone. What was killed closes its files a moment before it is; who never goes runs into the timeout. */
export async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) {
    // oxlint-disable-next-line no-await-in-loop -- it is looked at again and again
    await new Promise((resolve) => setImmediate(resolve));
  }
}
