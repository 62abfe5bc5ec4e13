/** One subscriber: collects events, sends them in batches, and drops what its listener is too slow for. */
import type { Clock } from "../clock.ts";
import { Batch, mostBytesPerUnit, type Framing } from "./batch.ts";
import { formatEvent, isTold } from "./format-event.ts";
import type { SubscriptionRequest } from "./subscription-request.ts";
import type { TelemetryEvent } from "./telemetry-event.ts";

/** Sends batches to a listener. */
export interface Delivery {
  readonly framing: Framing;
  /** Resolves when the listener has taken all of it, rejects when it did not. The body is not looked at from then on. */
  send(body: Buffer): Promise<void>;
  close(): void;
}

export interface SubscriberOptions {
  readonly request: SubscriptionRequest;
  readonly delivery: Delivery;
  readonly clock: Clock;
}

/** What waits is bounded: twice a batch, besides the one on its way (developer guide: a body may have that much). */
const waitingBatches = 2;
/** At most, where no invocation ends. */
const writtenTogether = 64;
const firstRetryMs = 100;
const lastRetryMs = 5000;
const dropReason = "Some logs were dropped because the downstream consumer is slower than the logs production rate";

/** Sends one batch after the other. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  #unwritten: TelemetryEvent[] = [];
  #mostUnwrittenBytes = 0;
  /** With as many events as one may have. */
  #full: Batch[] = [];
  #filling: Batch;
  /** Has been sent. */
  #spare: Batch | undefined;
  /** In both. */
  #waitingBytes = 0;
  #dropped = { bytes: 0, records: 0 };
  #sending: Promise<void> | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #stopTimer: (() => void) | undefined;
  #stopRetry: (() => void) | undefined;
  /** All that waits has to go. */
  #isDue = false;
  #isClosed = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#filling = new Batch(options.delivery.framing);
  }

  push(event: TelemetryEvent): void {
    const { request } = this.#options;
    if (this.#isClosed || !isTold(event, request)) return;
    this.#unwritten.push(event);
    this.#mostUnwrittenBytes += mostBytes(event);
    const { length } = this.#unwritten;
    const mayBeFull =
      this.#filling.items + length >= request.maxItems ||
      this.#waitingBytes + this.#mostUnwrittenBytes >= request.maxBytes;
    if (mayBeFull || length >= writtenTogether) return this.#write();
    this.#startTimer();
    // The answer is on its way: before the next invocation there is time.
    if (event.type === "platform.report") this.#immediate ??= setImmediate(() => this.#write());
  }

  /** Sends what there is. Resolves when nothing waits, or there is nobody to send it to. */
  async flush(): Promise<void> {
    this.#write();
    this.#forgetTimer();
    this.#isDue = this.#isWaiting();
    await this.#send();
  }

  /** What is not sent yet never is. */
  close(): void {
    this.#isClosed = true;
    this.#unwritten = [];
    this.#full = [];
    this.#filling.clear();
    clearImmediate(this.#immediate);
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
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    const events = this.#unwritten;
    this.#unwritten = [];
    this.#mostUnwrittenBytes = 0;
    for (const event of events) {
      const text = formatEvent(event, request);
      if (this.#isTooMuch(text)) {
        this.#dropped.bytes += Buffer.byteLength(text);
        this.#dropped.records++;
        continue;
      }
      this.#waitingBytes += this.#filling.push(text);
      if (this.#filling.items === request.maxItems) {
        this.#full.push(this.#filling);
        this.#filling = this.#empty();
      }
      this.#startTimer();
      if (this.#hasBatch()) void this.#send();
    }
  }

  #isTooMuch(text: string): boolean {
    const free = waitingBatches * this.#options.request.maxBytes - this.#waitingBytes;
    return mostBytesPerUnit * text.length > free && Buffer.byteLength(text) > free;
  }

  #isWaiting(): boolean {
    return this.#full.length > 0 || this.#filling.items > 0;
  }

  /** Whether what waits fills a batch, or has waited long enough. */
  #hasBatch(): boolean {
    if (!this.#isWaiting()) return false;
    return this.#isDue || this.#full.length > 0 || this.#waitingBytes >= this.#options.request.maxBytes;
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
          await this.#options.delivery.send(batch.body());
          batch.clear();
          this.#spare = batch;
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

  #take(): Batch {
    let batch = this.#full.shift();
    if (batch === undefined) {
      batch = this.#filling;
      this.#filling = this.#empty();
    }
    this.#waitingBytes -= batch.bytes;
    if (!this.#isWaiting()) {
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

  #empty(): Batch {
    const batch = this.#spare ?? new Batch(this.#options.delivery.framing);
    this.#spare = undefined;
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
