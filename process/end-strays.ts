/** Ends processes that have left their group, recognised by what they have inherited. */
import { readdirSync, readFileSync } from "node:fs";

/**
 * SIGKILL to every process whose initial environment has this entry (proc(5), `/proc/pid/environ`). Does nothing where
 * the system has no /proc, and passes over processes of other users.
 *
 * @param entry `NAME=value`, whole
 */
export function endStrays(entry: string): void {
  for (const pid of processIds()) {
    if (pid === process.pid || !readEnvironment(pid).includes(entry)) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // ESRCH: it has just ended by itself.
    }
  }
}

function processIds(): readonly number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function readEnvironment(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    // Gone, or somebody else's.
    return [];
  }
}
