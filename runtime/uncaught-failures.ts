/** Failures that no handler catches: reported for whatever was under way, then the end of the process. */
import { listen, type ProcessEvents } from "./process-events.ts";

/** Exit codes of the managed Node.js runtime. */
const exitCodes = { uncaughtException: 129, unhandledRejection: 128 } as const;
/** A report that does not come through must not keep a broken process alive. */
const reportLimitMs = 1000;

/** Called with the title of the log entry and what was thrown; resolves when it is reported. */
export type ReportUncaught = (title: string, thrown: unknown) => Promise<void>;

/** Listens for both kinds; returns how to stop. */
export function listenForUncaughtFailures(events: ProcessEvents, report: ReportUncaught): () => void {
  const end = (title: string, thrown: unknown, exitCode: number): void => {
    // One failure often brings the next one; only the first is the cause.
    stop();
    const exit = (): void => events.exit(exitCode);
    const timer = setTimeout(exit, reportLimitMs);
    report(title, thrown)
      .then(exit, exit)
      .finally(() => clearTimeout(timer));
  };
  const stop = listen(events, {
    uncaughtException: (error: unknown) => end("Uncaught Exception", error, exitCodes.uncaughtException),
    unhandledRejection: (reason: unknown) =>
      end("Unhandled Promise Rejection", new UnhandledPromiseRejection(reason), exitCodes.unhandledRejection),
  });
  return stop;
}

/** The managed runtime's name for a rejection that nobody handled. */
class UnhandledPromiseRejection extends Error {
  override readonly name = "Runtime.UnhandledPromiseRejection";
  readonly reason: unknown;

  constructor(reason: unknown) {
    super(textOf(reason));
    this.reason = reason;
  }
}

function textOf(reason: unknown): string {
  try {
    return String(reason);
  } catch {
    return "(the reason cannot be turned into text)";
  }
}
