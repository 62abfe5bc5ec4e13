/** How processes end, in the words of the daemon and in ours. */
import { constants } from "node:os";
import type { ExitStatus } from "./launcher.ts";

/** Docker reports a signal as 128 + its number. */
export function toExitStatus(exitCode: number, outOfMemory: boolean): ExitStatus {
  if (outOfMemory) return { kind: "killed", signal: "SIGKILL", outOfMemory };
  const signal = Object.entries(constants.signals).find(([, number]) => exitCode === 128 + number)?.[0];
  return signal === undefined ? { kind: "exited", code: exitCode } : { kind: "killed", signal, outOfMemory };
}

/** The daemon could not do it. */
export function toNotStarted(error: unknown): ExitStatus {
  return { kind: "not-started", reason: (error as Error).message };
}
