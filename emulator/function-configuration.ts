/** A function as the service knows it: user options → complete, checked configuration. */
import type { Platform } from "../images/platforms.ts";
import { EmulatorError } from "./errors.ts";
import { handlerVariable } from "./handler-module.ts";
import {
  defaultConcurrency,
  defaultMemoryMib,
  defaultTimeoutMs,
  maxMemoryMib,
  maxTimeoutMs,
  minMemoryMib,
} from "./limits.ts";

/** One function of `startEmulator`. Defaults are Lambda's own. */
export interface FunctionOptions {
  /** Path of a handler module, a `function.zip` or an executable bootstrap. */
  readonly source: string;
  /** Export of a handler module, `handler` by default; for any other source the value of `_HANDLER`. */
  readonly handler?: string;
  /** @default 3000 */
  readonly timeoutMs?: number;
  /** @default 128 */
  readonly memoryMib?: number;
  /** Environment variables of the function. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Execution environments at the same time; one more caller is throttled. @default 10 */
  readonly concurrency?: number;
  /** Run in a container of this platform's image; by default only when this machine cannot run the bootstrap. */
  readonly platform?: Platform;
}

/** What every part of the emulator works with. */
export interface FunctionConfiguration {
  readonly name: string;
  /** Unqualified. */
  readonly arn: string;
  readonly region: string;
  /** Value of `_HANDLER`. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMib: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly concurrency: number;
}

/** Names that CreateFunction refuses (AWS Lambda developer guide, "Working with environment variables"). */
const reservedVariables: ReadonlySet<string> = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
  "AWS_LAMBDA_MAX_CONCURRENCY",
  "AWS_LAMBDA_METADATA_API",
  "AWS_LAMBDA_METADATA_TOKEN",
]);

/**
 * Checks the options of one function against Lambda's limits.
 *
 * @throws EmulatorError `BAD_OPTIONS`
 */
export function configureFunction(
  name: string,
  options: FunctionOptions,
  account: { readonly region: string; readonly accountId: string },
): FunctionConfiguration {
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
    throw badOption(`A function name has 1 to 64 letters, digits, "-" or "_"; "${name}" does not`);
  }
  for (const variable of Object.keys(options.environment ?? {})) {
    if (reservedVariables.has(variable)) throw badOption(`Lambda reserves ${variable}: function ${name} cannot set it`);
    if (!/^[a-zA-Z][a-zA-Z0-9_]+$/.test(variable))
      throw badOption(`Lambda does not accept a variable named "${variable}"`);
  }
  const { region, accountId } = account;
  return {
    name,
    arn: `arn:aws:lambda:${region}:${accountId}:function:${name}`,
    region,
    handler: handlerVariable(options.source, options.handler),
    timeoutMs: inRange("timeoutMs", options.timeoutMs ?? defaultTimeoutMs, 1, maxTimeoutMs),
    memoryMib: inRange("memoryMib", options.memoryMib ?? defaultMemoryMib, minMemoryMib, maxMemoryMib),
    environment: options.environment ?? {},
    concurrency: inRange("concurrency", options.concurrency ?? defaultConcurrency, 1, 1000),
  };
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw badOption(`${name} must be a whole number from ${min} to ${max}, it is ${value}`);
}

function badOption(message: string): EmulatorError {
  return new EmulatorError("BAD_OPTIONS", message);
}
