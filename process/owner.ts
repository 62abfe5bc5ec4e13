/** Which process something belongs to, and whether that one is known to be gone. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { isAlive } from "./is-alive.ts";

/** A process of some machine. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When it started, in clock ticks since boot; undefined where there is no /proc. */
  readonly start: string | undefined;
}

/** This process. */
export function thisProcess(): Owner {
  return { host: hostname(), pid: process.pid, start: processStart(process.pid) };
}

/** Whether it is known to have ended: on this host, and its pid is nobody's or another process's by now. */
export function isOwnerGone({ host, pid, start }: Owner): boolean {
  if (host !== hostname() || !Number.isSafeInteger(pid) || pid <= 0) return false;
  if (!isAlive(pid)) return true;
  const current = processStart(pid);
  return start !== undefined && current !== undefined && start !== current;
}

// Field 22 of /proc/<pid>/stat (proc(5)); the name in field 2 may hold spaces and parentheses.
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
