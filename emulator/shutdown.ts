/**
 * How the processes of an environment are ended. Source: AWS Lambda developer guide, "Lambda execution environment
 * lifecycle", shutdown phase; the share of the runtime is that of aws-lambda-runtime-interface-emulator.
 */
import { systemClock } from "./clock.ts";
import type { ExtensionSet } from "./extensions/extension-set.ts";
import type { RunningProcess } from "./launchers/launcher.ts";

/** Lower case, as recorded; the documents have capitals. */
export type ShutdownReason = "spindown" | "timeout" | "failure";

/** Without extensions there is no time at all, and no SIGTERM. */
const internalBudgetMs = 500;
const externalBudgetMs = 2000;
const runtimeShareMs = 600;

export interface ShutdownOptions {
  readonly reason: ShutdownReason;
  readonly bootstrap: RunningProcess | undefined;
  readonly extensions: ExtensionSet;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
}

/** Settle one after the other; never reject. */
export interface Shutdown {
  readonly runtimeGone: Promise<void>;
  readonly allGone: Promise<void>;
}

/** Begins at once. */
export function shutDown({ reason, bootstrap, extensions, nowMs }: ShutdownOptions): Shutdown {
  const hasExternal = extensions.all.some(({ isExternal }) => isExternal);
  const budgetMs = hasExternal ? externalBudgetMs : internalBudgetMs;
  // Processes live in the machine's time.
  const beganMs = systemClock.monotonicMs();
  if (extensions.all.length === 0) bootstrap?.kill();
  else if (bootstrap !== undefined) {
    bootstrap.terminate();
    const stopTimer = systemClock.startTimer(hasExternal ? runtimeShareMs : budgetMs, () => bootstrap.kill());
    void bootstrap.exited.then(stopTimer);
  }
  const runtimeGone = Promise.resolve(bootstrap?.exited).then(() => {});
  const allGone = runtimeGone.then(() =>
    extensions.shutDown(
      { eventType: "SHUTDOWN", deadlineMs: Math.round(nowMs) + budgetMs, shutdownReason: reason },
      Math.max(0, budgetMs - (systemClock.monotonicMs() - beganMs)),
    ),
  );
  return { runtimeGone, allGone };
}
