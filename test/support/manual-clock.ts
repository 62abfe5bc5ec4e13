import type { Clock } from "../../emulator/clock.ts";

/** Time that passes only when told to. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: { at: number; onElapsed: () => void }[] = [];
  now = (): number => this.#now;
  monotonicMs = (): number => this.#now;
  startTimer(delayMs: number, onElapsed: () => void): () => void {
    const timer = { at: this.#now + delayMs, onElapsed };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
  }
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { onElapsed } of due) onElapsed();
  }
  /** How many timers are due in exactly so many milliseconds. */
  timerAfter(ms: number): number {
    return this.#timers.filter(({ at }) => at - this.#now === ms).length;
  }
  get timerCount(): number {
    return this.#timers.length;
  }
}
