/** Processes recognised by what they have inherited (proc(5)). */
import { readdirSync, readFileSync } from "node:fs";

/** The ids of all running processes, but this one, whose initial environment has the entry `NAME=value`. */
export function findMarked(entry: string): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && isMarked(pid, entry));
}

function isMarked(pid: number, entry: string): boolean {
  try {
    // What has ended has no environment any more.
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(entry);
  } catch {
    return false;
  }
}
