/** The user's own npm: their registry, proxy, certificates and cache are its business. */
import { endedOrAborted, LogTail, startProcess } from "../process/index.ts";
import { BuilderError, type BuilderErrorCode } from "./errors.ts";

/** Two quick retries instead of a minute. */
const retryArguments: readonly string[] = [
  "--fetch-retries=2",
  "--fetch-retry-mintimeout=500",
  "--fetch-retry-maxtimeout=2000",
];

export interface NpmOptions {
  /** Arguments behind `npm`. */
  readonly args: readonly string[];
  readonly workingDirectory: string;
  /** What is being done, as the beginning of an error's message. */
  readonly doing: string;
  /** Of the error when it fails. */
  readonly code: BuilderErrorCode;
  readonly hint: string;
  readonly onLog: ((line: string) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Runs npm to its end. @throws BuilderError with the code given and npm's last words */
export async function runNpm(options: NpmOptions): Promise<void> {
  const { args, workingDirectory, doing, code, hint, onLog, signal } = options;
  const tail = new LogTail(onLog);
  const npm = startProcess({
    command: ["npm", ...args, "--loglevel=error", ...retryArguments],
    workingDirectory,
    // The user's registry, proxy and certificates may stand in variables.
    // oxlint-disable-next-line node/no-process-env
    environment: process.env,
    onOutput: (stream, chunk) => {
      if (stream === "stderr") tail.write(chunk, stream);
    },
  });
  const exit = await endedOrAborted(npm, signal);
  const logTail = tail
    .end()
    .filter((line) => line.trim() !== "")
    .slice(-10);
  if (exit.kind === "not-started") {
    throw new BuilderError(code, `${doing} failed: npm could not be started`, {
      hint: "npm comes with Node.js; it has to be on the PATH",
      logTail,
      cause: exit.cause,
    });
  }
  if (exit.kind === "exited" && exit.exitCode === 0) return;
  const reason = exit.kind === "killed" ? `was ended by ${exit.signal}` : `ended with exit code ${exit.exitCode}`;
  throw new BuilderError(code, `${doing} failed: npm ${args[0]} ${reason}`, { hint, logTail });
}
