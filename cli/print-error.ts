/** Shows an error to a person on stderr, and to a script as JSON on stdout. */
import { stderrStyle as style } from "./stderr-style.ts";
import { UsageError } from "./usage-error.ts";

/** The shape all parts give their errors. */
export interface ExpectedError extends Error {
  readonly code: string;
  readonly hint?: string | undefined;
  readonly logTail?: readonly string[] | undefined;
}

const expectedNames: ReadonlySet<string> = new Set([
  "ArchiveError",
  "BuilderError",
  "BundleError",
  "CompileError",
  "ConfigError",
  "DockerError",
  "ElfError",
  "EmulatorError",
  "ServiceException",
]);

/** True for the errors this package documents and for what the system refuses; anything else is a bug of ours. */
export function isExpectedError(error: unknown): error is ExpectedError {
  if (!(error instanceof Error)) return false;
  // EACCES, ENOSPC and their like name the call and the path themselves.
  return expectedNames.has(error.name) || ("syscall" in error && "code" in error);
}

/** Message, details, then what to do next; a stack only for what should not have happened. */
export function printError(error: unknown, { json, label }: { readonly json: boolean; readonly label?: string }): void {
  const lines: string[] = [];
  const prefix = label === undefined ? "" : `${label}: `;
  if (isExpectedError(error)) {
    // The code goes to the end of the first line: messages may list details below it.
    const message = error.message.replace(/(?=\n|$)/, ` ${style("dim", `(${error.code})`)}`);
    lines.push(`${style("red", "error:")} ${prefix}${message}`);
    for (const line of error.logTail ?? []) lines.push(`  ${style("dim", "|")} ${line}`);
    if (error.hint !== undefined) lines.push(`${style("cyan", "hint:")} ${error.hint}`);
  } else if (error instanceof UsageError) {
    lines.push(`${style("red", "error:")} ${prefix}${error.message}`);
    if (error.hint !== undefined) lines.push(`${style("cyan", "hint:")} ${error.hint}`);
  } else {
    const stack = error instanceof Error ? error.stack : String(error);
    lines.push(`${style("red", "internal error:")} ${stack}`, "This is a bug in runtime-aws-lambda. Please report it.");
  }
  process.stderr.write(`${lines.join("\n")}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ error: errorAsJson(error) })}\n`);
}

/** What commander has already told a person, for a script. */
export function printUsageAsJson(message: string): void {
  process.stdout.write(`${JSON.stringify({ error: { code: "USAGE", message: message.replace(/^error: /, "") } })}\n`);
}

/** Code, message and hint, for a script. */
export function errorAsJson(error: unknown): object {
  const { code, message, hint } = error as Partial<ExpectedError>;
  return { code: code ?? (error instanceof UsageError ? "USAGE" : "INTERNAL"), message, hint };
}
