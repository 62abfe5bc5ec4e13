/** A process that could not be started. */
import type { RunningProcess } from "./launcher.ts";

export function notStarted(reason: string): RunningProcess {
  return {
    exited: Promise.resolve({ kind: "not-started", reason }),
    kill: () => {},
    terminate: () => {},
    peakMemoryBytes: () => undefined,
    outputRead: () => undefined,
  };
}
