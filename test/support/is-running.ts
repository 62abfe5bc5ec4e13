/** Whether a process is alive: one that only waits for its parent to look after it is not. */
import { readFileSync } from "node:fs";

/** Reads the state in `/proc/pid/stat` (proc(5)). */
export function isRunning(pid: number): boolean {
  try {
    const state = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1];
    return state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}
