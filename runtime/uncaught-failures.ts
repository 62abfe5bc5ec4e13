/** Failures that no handler catches: reported for whatever was under way, then the end of the process. */
import type { Logger } from "./console-log.ts";
import { listen, type ProcessEvents } from "./process-events.ts";

/** Exit codes of the managed Node.js runtime. */
const exitCodes = { uncaughtException: 129, unhandledRejection: 128 } as const;
/** A report that does not come through must not keep a broken process alive. */
const reportLimitMs = 1000;

/**
 * Listens for both kinds; returns how to stop.
 *
 * @param report tells Lambda of the first failure; those that follow while that is under way are only logged
 */
export function listenForUncaughtFailures(
  events: ProcessEvents,
  logger: Logger,
  report: (thrown: unknown) => Promise<void>,
): () => void {
  let isEnding = false;
  const end = async (title: string, thrown: unknown, exitCode: number): Promise<void> => {
    logger.failure(title, thrown);
    if (isEnding) return;
    isEnding = true;
    const timer = setTimeout(() => events.exit(exitCode), reportLimitMs);
    try {
      await report(thrown);
    } catch (error) {
      logger.failure("Report lost", error);
    }
    clearTimeout(timer);
    events.exit(exitCode);
  };
  return listen(events, {
    uncaughtException: (error: unknown) => void end("Uncaught Exception", error, exitCodes.uncaughtException),
    unhandledRejection: (reason: unknown) =>
      void end("Unhandled Promise Rejection", new UnhandledPromiseRejection(reason), exitCodes.unhandledRejection),
  });
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
