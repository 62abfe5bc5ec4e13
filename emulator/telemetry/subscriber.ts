/** One subscriber: collects events, sends them in batches, and drops what its listener is too slow for. */
import type { Clock } from "../clock.ts";
import { formatEvent } from "./format-event.ts";
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
const firstRetryMs = 100;
const lastRetryMs = 5000;
const dropReason = "Some logs were dropped because the downstream consumer is slower than the logs production rate";

/** Sends one batch after the other. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  #waiting: { readonly text: string; readonly bytes: number }[] = [];
  #waitingBytes = 0;
  #dropped = { bytes: 0, records: 0 };
  #sending: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  #stopRetry: (() => void) | undefined;
  #isClosed = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
  }

  push(event: TelemetryEvent): void {
    const { request, clock } = this.#options;
    const text = this.#isClosed ? undefined : formatEvent(event, request);
    if (text === undefined) return;
    const bytes = Buffer.byteLength(text);
    if (this.#waitingBytes + bytes > waitingBatches * request.maxBytes) {
      this.#dropped.bytes += bytes;
      this.#dropped.records++;
      return;
    }
    this.#waiting.push({ text, bytes });
    this.#waitingBytes += bytes;
    if (this.#waiting.length >= request.maxItems || this.#waitingBytes >= request.maxBytes) void this.flush();
    else this.#stopTimer ??= clock.startTimer(request.timeoutMs, () => void this.flush());
  }

  /** Sends what there is. Resolves when nothing waits, or there is nobody to send it to. */
  async flush(): Promise<void> {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
    await this.#sending;
  }

  /** What is not sent yet never is. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#stopTimer?.();
    this.#stopRetry?.();
    this.#options.delivery.close();
  }

  async #sendAll(): Promise<void> {
    let retryMs = firstRetryMs;
    while (this.#waiting.length > 0 && !this.#isClosed) {
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
    }
  }

  #take(): readonly string[] {
    const { maxItems } = this.#options.request;
    const batch: string[] = [];
    for (const { text, bytes } of this.#waiting.splice(0, maxItems)) {
      batch.push(text);
      this.#waitingBytes -= bytes;
    }
    if (this.#dropped.records > 0) {
      const { bytes: droppedBytes, records: droppedRecords } = this.#dropped;
      this.#dropped = { bytes: 0, records: 0 };
      const record = { droppedBytes, droppedRecords, reason: dropReason };
      const timeMs = this.#options.clock.now();
      const event: TelemetryEvent = { timeMs, kind: "platform", type: "platform.logsDropped", record };
      batch.push(formatEvent(event, { ...this.#options.request, kinds: ["platform"] }) ?? "");
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
