/** The init phase of an execution environment: its time limit, how long it took, and the error a runtime reported. */
import type { Clock } from "./clock.ts";

/** An init error as the runtime sent it. */
export interface InitError {
  readonly body: Buffer;
  readonly errorType: string;
}

/** One per environment; begun again for every bootstrap. */
export class InitPhase {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #startedMs = 0;
  #durationMs: number | undefined;
  #stopTimer: () => void = () => {};
  /** What the runtime reported, if it did. */
  error: InitError | undefined;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** Starts the clock of the limit. */
  limit(onTimeout: () => void): void {
    this.#stopTimer = this.#clock.startTimer(this.#limitMs, onTimeout);
  }

  /** A bootstrap is being started. */
  begin(): void {
    this.#startedMs = this.#clock.monotonicMs();
  }

  /** The limit no longer applies. */
  stopTimer(): void {
    this.#stopTimer();
  }

  /** The runtime asked for its first event. A repeated init counts as part of the invocation. */
  done(isPartOfInvocation: boolean): void {
    this.#stopTimer();
    if (!isPartOfInvocation) this.#durationMs = this.elapsedMs();
  }

  elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#startedMs;
  }

  /** For the first REPORT of an environment, once. */
  takeDurationMs(): number | undefined {
    const durationMs = this.#durationMs;
    this.#durationMs = undefined;
    return durationMs;
  }
}
