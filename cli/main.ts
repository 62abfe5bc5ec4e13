/** What both executables share: signals, exit codes, and how an error is shown. The only place that sets exit codes. */
import { CommanderError, type Command } from "commander";
import { isExpectedError, printError, printUsageAsJson } from "./print-error.ts";
import { UsageError } from "./usage-error.ts";

/** What a command needs from the process. */
export interface CommandContext {
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** The caller's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends the process with this code once everything is closed. */
  setExitCode(code: number): void;
}

/** Exit codes: 0 done, 1 the work failed, 2 wrong usage, 130 interrupted. */
const exitCodes = { failed: 1, usage: 2, interrupted: 130 } as const;

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** npm forwards to us the signal that the terminal has already sent us: one Ctrl-C arrives twice. */
const sameKeyPressMs = 1000;

/** Runs a command until it ends, is interrupted, or fails; never rejects. */
export async function main(createCommand: (context: CommandContext) => Command): Promise<void> {
  const interruption = new AbortController();
  let interruptedMs = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!interruption.signal.aborted) {
      interruptedMs = performance.now();
      interruption.abort(new Error(`interrupted by ${signal}`));
    } else if (performance.now() - interruptedMs > sameKeyPressMs) {
      // Asked twice: end at once, as without a listener.
      for (const each of signals) process.off(each, onSignal);
      process.kill(process.pid, signal);
    }
  };
  for (const each of signals) process.on(each, onSignal);
  process.stdout.on("error", reportLostOutput);
  // Nobody reads the progress any more; the work goes on.
  process.stderr.on("error", () => {});

  const command = createCommand({
    signal: interruption.signal,
    environment: process.env,
    setExitCode: (code) => (process.exitCode = code),
  });
  try {
    await command.exitOverride().showHelpAfterError("(--help shows the options)").parseAsync();
  } catch (error) {
    process.exitCode = exitCodeFor(error, interruption.signal);
    if (interruption.signal.aborted) process.stderr.write("Interrupted; what was begun has been removed.\n");
    if (interruption.signal.aborted) return;
    const json = command.opts()["json"] === true || process.argv.includes("--json");
    if (!(error instanceof CommanderError)) printError(error, { json });
    else if (json && error.exitCode !== 0) printUsageAsJson(error.message);
  } finally {
    if (interruption.signal.aborted) process.exitCode = exitCodes.interrupted;
    for (const each of signals) process.off(each, onSignal);
  }
}

/** A reader that closed the pipe (`| head`) has seen enough; any other loss of the result is a failure. */
function reportLostOutput(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") return;
  process.exitCode = exitCodes.failed;
  process.stderr.write(`error: Writing the result to stdout failed: ${error.message}\n`);
}

function exitCodeFor(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) return exitCodes.interrupted;
  // commander has already printed its message; help and version are "errors" with code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  const isUsage = error instanceof UsageError || (isExpectedError(error) && error.code === "BAD_OPTIONS");
  return isUsage ? exitCodes.usage : exitCodes.failed;
}
