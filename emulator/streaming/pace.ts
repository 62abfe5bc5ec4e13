/**
 * The pace of streamed responses: the first 6 MB at once, then 2 MB per second, and what was not used is saved up again.
 * Source: AWS Lambda developer guide, "Lambda quotas"; the token bucket is that of aws-lambda-runtime-interface-emulator.
 */
import type { Clock } from "../clock.ts";

const burstBytes = 6 * 1_048_576;
const bytesPerSecond = 2 * 1_048_576;

/** One per response. */
export class Pace {
  readonly #clock: Clock;
  #tokens = burstBytes;
  #filledMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledMs = clock.monotonicMs();
  }

  /** Resolves when so many bytes may go. */
  async take(bytes: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const earned = ((nowMs - this.#filledMs) * bytesPerSecond) / 1000;
    this.#tokens = Math.min(burstBytes, this.#tokens + earned) - bytes;
    this.#filledMs = nowMs;
    if (this.#tokens >= 0) return;
    const waitMs = (-this.#tokens * 1000) / bytesPerSecond;
    await new Promise<void>((resolve) => void this.#clock.startTimer(waitMs, resolve));
  }
}
