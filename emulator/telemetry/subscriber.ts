/** One subscriber: collects events, sends them in batches, and drops what its listener is too slow for. */
import type { Clock } from "../clock.ts";
import { formatEvent, isTold } from "./format-event.ts";
import type { SubscriptionRequest } from "./subscription-request.ts";
import type { TelemetryEvent } from "./telemetry-event.ts";

/** Sends a batch; rejects when the listener did not take it. */
export interface Delivery {
  send(events: readonly string[]): Promise<void>;
  close(): void;
}

export interface SubscriberOptions {
  readonly request: SubscriptionRequest;
  readonly delivery: Delivery;
  readonly clock: Clock;
}

/** What waits is bounded: twice a batch, besides the one on its way (developer guide: a body may have that much). */
const waitingBatches = 2;
/** At most: one by one, between the other work of an invocation, each costs twice as much. */
const writtenTogether = 64;
const firstRetryMs = 100;
const lastRetryMs = 5000;
const dropReason = "Some logs were dropped because the downstream consumer is slower than the logs production rate";

/** Sends one batch after the other. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  #unwritten: TelemetryEvent[] = [];
  #mostUnwrittenBytes = 0;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = { bytes: 0, records: 0 };
  #sending: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  #stopRetry: (() => void) | undefined;
  /** All that waits has to go. */
  #isDue = false;
  #isClosed = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
  }

  push(event: TelemetryEvent): void {
    const { request } = this.#options;
    if (this.#isClosed || !isTold(event, request)) return;
    this.#unwritten.push(event);
    this.#mostUnwrittenBytes += mostBytes(event);
    const { length } = this.#unwritten;
    const mayBeFull =
      this.#waiting.length + length >= request.maxItems ||
      this.#waitingBytes + this.#mostUnwrittenBytes >= request.maxBytes;
    if (mayBeFull || length >= writtenTogether) this.#write();
    else this.#startTimer();
  }

  /** Sends what there is. Resolves when nothing waits, or there is nobody to send it to. */
  async flush(): Promise<void> {
    this.#write();
    this.#forgetTimer();
    this.#isDue = this.#waiting.length > 0;
    await this.#send();
  }

  /** What is not sent yet never is. */
  close(): void {
    this.#isClosed = true;
    this.#unwritten = [];
    this.#waiting = [];
    this.#forgetTimer();
    this.#stopRetry?.();
    this.#options.delivery.close();
  }

  #startTimer(): void {
    const { clock, request } = this.#options;
    this.#stopTimer ??= clock.startTimer(request.timeoutMs, () => void this.flush());
  }

  #forgetTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #write(): void {
    const { request } = this.#options;
    const events = this.#unwritten;
    this.#unwritten = [];
    this.#mostUnwrittenBytes = 0;
    for (const event of events) {
      const text = formatEvent(event, request);
      const bytes = Buffer.byteLength(text);
      if (this.#waitingBytes + bytes > waitingBatches * request.maxBytes) {
        this.#dropped.bytes += bytes;
        this.#dropped.records++;
        continue;
      }
      this.#waiting.push(text);
      this.#waitingBytes += bytes;
      this.#startTimer();
      if (this.#hasBatch()) void this.#send();
    }
  }

  /** Whether what waits fills a batch, or has waited long enough. */
  #hasBatch(): boolean {
    const { maxItems, maxBytes } = this.#options.request;
    if (this.#waiting.length === 0) return false;
    return this.#isDue || this.#waiting.length >= maxItems || this.#waitingBytes >= maxBytes;
  }

  async #send(): Promise<void> {
    if (this.#sending === undefined && this.#hasBatch()) this.#sending = this.#sendBatches();
    await this.#sending;
  }

  async #sendBatches(): Promise<void> {
    let retryMs = firstRetryMs;
    while (this.#hasBatch()) {
      const batch = this.#take();
      // oxlint-disable no-await-in-loop -- in order
      while (!this.#isClosed) {
        try {
          await this.#options.delivery.send(batch);
          retryMs = firstRetryMs;
          break;
        } catch {
          // Its listener is not there yet, or is gone: the next attempt shows which.
          if (!this.#isClosed) await this.#retryIn(retryMs);
          retryMs = Math.min(lastRetryMs, retryMs * 2);
        }
      }
      // oxlint-enable no-await-in-loop
      this.#write();
    }
    this.#sending = undefined;
  }

  #take(): readonly string[] {
    const batch = this.#waiting;
    this.#waiting = batch.splice(this.#options.request.maxItems);
    this.#waitingBytes = this.#waiting.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
    if (this.#waiting.length === 0) {
      this.#isDue = false;
      this.#forgetTimer();
    }
    if (this.#dropped.records > 0) {
      const { bytes: droppedBytes, records: droppedRecords } = this.#dropped;
      this.#dropped = { bytes: 0, records: 0 };
      const record = JSON.stringify({ droppedBytes, droppedRecords, reason: dropReason });
      const event = {
        timeMs: this.#options.clock.now(),
        kind: "platform",
        type: "platform.logsDropped",
        record,
      } as const;
      batch.push(formatEvent(event, this.#options.request));
    }
    return batch;
  }

  #retryIn(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#options.clock.startTimer(delayMs, resolve);
      this.#stopRetry = (): void => {
        stop();
        resolve();
      };
    });
  }
}

/** Of its text: a unit of a string has at most six. Platform events have less than 700, but for an odd trace header. */
function mostBytes(event: TelemetryEvent): number {
  return event.kind === "platform" ? 1024 : 6 * event.record.length + 128;
}
