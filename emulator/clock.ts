/** Time as the emulator sees it; tests pass their own. */

export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Milliseconds that never go back, for durations. */
  monotonicMs(): number;
  /** Calls back once after the delay; returns how to call it off. */
  startTimer(delayMs: number, onElapsed: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  startTimer(delayMs, onElapsed) {
    const timer = setTimeout(onElapsed, delayMs);
    return () => clearTimeout(timer);
  },
};
