/**
 * Asynchronous invocations of one function: queued, tried again, recorded. Source: AWS Lambda developer guide, "How
 * Lambda handles errors and retries with asynchronous invocation".
 */
import type { RequestTrace } from "./xray/tracer.ts";
import type { Clock } from "./clock.ts";
import type { DeliveredRecord, Destination } from "./destination.ts";
import { ServiceException } from "./errors.ts";
import type { EventInvokeConfig } from "./event-invoke-config.ts";
import { parseOrKeep } from "./parse-or-keep.ts";

/** An event that was accepted with status 202. */
export interface QueuedEvent {
  /** The same for every attempt. */
  readonly requestId: string;
  readonly payload: Buffer;
  readonly traceId: string | undefined;
  readonly tenantId: string | undefined;
  /** Of all its attempts, when it is traced. */
  readonly trace?: RequestTrace | undefined;
}

/** What one attempt came to. */
export interface AttemptResult {
  readonly payload: Buffer;
  readonly isFunctionError: boolean;
}

export interface EventQueueOptions {
  /** With its qualifier: records always carry one. */
  readonly functionArn: string;
  readonly config: EventInvokeConfig;
  /** Reserved concurrency of zero: nothing is even tried. */
  readonly isPaused: boolean;
  readonly clock: Clock;
  /** @throws ServiceException 429 when there is no free environment */
  readonly invoke: (event: QueuedEvent) => Promise<AttemptResult>;
  readonly deliver: (destination: Destination, record: DeliveredRecord) => Promise<void>;
  /** Hears of records that did not arrive. */
  readonly onNotice: (message: string) => void;
  /** Called when an event, its retries and its records are done. */
  readonly onDone: () => void;
}

type Condition = "Success" | "RetriesExhausted" | "EventAgeExceeded" | "ZeroReservedConcurrency";

interface Entry {
  readonly event: QueuedEvent;
  readonly enqueuedMs: number;
  attempts: number;
  throttles: number;
  lastResult: AttemptResult | undefined;
}

const firstThrottleDelayMs = 1000;
const maxThrottleDelayMs = 300_000;
/** Of the message attribute; what does not fit is cut (developer guide, "Dead-letter queues"). */
const maxErrorMessageBytes = 1024;

/** Holds events until they are done or the emulator is closed. */
export class EventQueue {
  readonly #options: EventQueueOptions;
  readonly #timers = new Set<() => void>();
  #isClosed = false;

  constructor(options: EventQueueOptions) {
    this.#options = options;
  }

  enqueue(event: QueuedEvent): void {
    const { isPaused, clock } = this.#options;
    const entry: Entry = { event, enqueuedMs: clock.now(), attempts: 0, throttles: 0, lastResult: undefined };
    void (isPaused ? this.#end(entry, "ZeroReservedConcurrency") : this.#attempt(entry));
  }

  /** Drops what waits; attempts that run are ended by their environments. */
  close(): void {
    this.#isClosed = true;
    for (const stop of this.#timers) stop();
    this.#timers.clear();
  }

  async #attempt(entry: Entry): Promise<void> {
    const { config, invoke } = this.#options;
    try {
      entry.lastResult = await invoke(entry.event);
    } catch (error) {
      // Closed under it: nobody is left to hear.
      if (!(error instanceof ServiceException)) return this.#options.onDone();
      const delayMs = Math.min(firstThrottleDelayMs * 2 ** entry.throttles, maxThrottleDelayMs);
      entry.throttles++;
      return this.#retryAfter(entry, delayMs);
    }
    entry.attempts++;
    if (!entry.lastResult.isFunctionError) return this.#end(entry, "Success");
    if (entry.attempts > config.maximumRetryAttempts) return this.#end(entry, "RetriesExhausted");
    this.#retryAfter(entry, config.retryDelaysMs[entry.attempts - 1] ?? 0);
  }

  #retryAfter(entry: Entry, delayMs: number): void {
    const { clock, config } = this.#options;
    if (this.#isClosed) return this.#options.onDone();
    const waitMs = Math.min(delayMs, entry.enqueuedMs + config.maximumEventAgeMs - clock.now());
    const stop = clock.startTimer(Math.max(waitMs, 0), () => {
      this.#timers.delete(stop);
      void (waitMs < delayMs ? this.#end(entry, "EventAgeExceeded") : this.#attempt(entry));
    });
    this.#timers.add(stop);
  }

  async #end(entry: Entry, condition: Condition): Promise<void> {
    const { config, clock, functionArn, deliver, onNotice, onDone } = this.#options;
    const isSuccess = condition === "Success";
    const record: DeliveredRecord = {
      body: JSON.stringify(formatRecord(entry, condition, functionArn, clock.now())),
    };
    const deliveries: [Destination | undefined, DeliveredRecord][] = isSuccess
      ? [[config.onSuccess, record]]
      : [
          [config.onFailure, record],
          [config.deadLetterQueue, formatDeadLetter(entry)],
        ];
    for (const [destination, each] of deliveries) {
      if (destination === undefined) continue;
      try {
        // oxlint-disable-next-line no-await-in-loop -- at most two
        await deliver(destination, each);
      } catch (error) {
        const { message, cause } = error as Error;
        const reason = cause instanceof Error ? `${message}: ${cause.message}` : message;
        onNotice(`The record of ${entry.event.requestId} was not delivered: ${reason}`);
      }
    }
    onDone();
  }
}

/** The invocation record, version 1.0. */
function formatRecord(entry: Entry, condition: Condition, functionArn: string, nowMs: number): object {
  const { event, attempts, lastResult } = entry;
  return {
    version: "1.0",
    timestamp: new Date(nowMs).toISOString(),
    requestContext: { requestId: event.requestId, functionArn, condition, approximateInvokeCount: attempts },
    requestPayload: parseOrKeep(event.payload.toString()),
    ...(lastResult === undefined
      ? {}
      : {
          responseContext: {
            statusCode: 200,
            executedVersion: "$LATEST",
            ...(lastResult.isFunctionError ? { functionError: "Unhandled" } : {}),
          },
          responsePayload: parseOrKeep(lastResult.payload.toString()),
        }),
  };
}

/** The event as it was sent, with what a queue would carry beside it. */
function formatDeadLetter({ event, lastResult }: Entry): DeliveredRecord {
  return {
    body: event.payload.toString("utf8"),
    messageAttributes: {
      RequestID: event.requestId,
      ErrorCode: lastResult === undefined ? "429" : "200",
      ErrorMessage: cutBytes(lastResult === undefined ? "Rate Exceeded." : readErrorMessage(lastResult.payload)),
    },
  };
}

function readErrorMessage(payload: Buffer): string {
  const document = parseOrKeep(payload.toString());
  const { errorMessage } = (typeof document === "object" && document !== null ? document : {}) as {
    readonly errorMessage?: unknown;
  };
  return typeof errorMessage === "string" ? errorMessage : "";
}

/** Also without line breaks and letters that a header could not carry. */
function cutBytes(text: string): string {
  return Buffer.from(text.replaceAll(/[^\x20-\x7e]/g, " "))
    .subarray(0, maxErrorMessageBytes)
    .toString();
}
