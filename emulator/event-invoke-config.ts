/** How asynchronous invocations of a function are retried, and who hears of their end. */
import { parseDestination, type Destination } from "./destination.ts";
import { EmulatorError } from "./errors.ts";
import { maxEventAgeMs } from "./limits.ts";

/** Named as in Lambda's EventInvokeConfig. Destinations are `function:<name>`, a URL, or a file ending in `.jsonl`. */
export interface EventInvokeConfigOptions {
  /** 0, 1 or 2. @default 2 */
  readonly maximumRetryAttempts?: number;
  /** Milliseconds after which an event is given up. @default 21600000, six hours */
  readonly maximumEventAgeMs?: number;
  /** Milliseconds before the second and the third attempt. @default [60000, 120000], as on Lambda */
  readonly retryDelaysMs?: readonly number[];
  /** Receives a record of every invocation that succeeded. */
  readonly onSuccess?: string;
  /** Receives a record of every event that was given up. */
  readonly onFailure?: string;
  /** Receives every event that was given up, as it was sent. */
  readonly deadLetterQueue?: string;
}

/** Checked and complete. */
export interface EventInvokeConfig {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeMs: number;
  readonly retryDelaysMs: readonly number[];
  readonly onSuccess: Destination | undefined;
  readonly onFailure: Destination | undefined;
  readonly deadLetterQueue: Destination | undefined;
}

/** Source: AWS Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation". */
const retryDelaysMs: readonly number[] = [60_000, 120_000];
const members = [
  "maximumRetryAttempts",
  "maximumEventAgeMs",
  "retryDelaysMs",
  "onSuccess",
  "onFailure",
  "deadLetterQueue",
];

/** @throws EmulatorError `BAD_OPTIONS` */
export function readEventInvokeConfig(owner: string, options: EventInvokeConfigOptions = {}): EventInvokeConfig {
  const bad = (message: string): EmulatorError => new EmulatorError("BAD_OPTIONS", `${owner}: ${message}`);
  const unknown = Object.keys(options).find((name) => !members.includes(name));
  if (unknown !== undefined) throw bad(`eventInvokeConfig has no "${unknown}", only ${members.join(", ")}`);
  const { maximumRetryAttempts = 2, maximumEventAgeMs = maxEventAgeMs } = options;
  const delays = options.retryDelaysMs ?? retryDelaysMs;
  if (![0, 1, 2].includes(maximumRetryAttempts)) throw bad("maximumRetryAttempts must be 0, 1 or 2");
  if (!(maximumEventAgeMs > 0 && maximumEventAgeMs <= maxEventAgeMs)) {
    throw bad(`maximumEventAgeMs must be from 1 to ${maxEventAgeMs}`);
  }
  if (!Array.isArray(delays) || delays.length !== 2 || !delays.every((each) => each >= 0)) {
    throw bad("retryDelaysMs must be two numbers of milliseconds");
  }
  const destination = (text: unknown): Destination | undefined => {
    if (text === undefined) return undefined;
    if (typeof text !== "string") throw bad("onSuccess, onFailure and deadLetterQueue must be texts");
    return parseDestination(owner, text);
  };
  return {
    maximumRetryAttempts,
    maximumEventAgeMs,
    retryDelaysMs: delays,
    onSuccess: destination(options.onSuccess),
    onFailure: destination(options.onFailure),
    deadLetterQueue: destination(options.deadLetterQueue),
  };
}
