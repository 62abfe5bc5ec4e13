/** The init of an execution environment: its time limit, how long it took, and the restore that may stand in for it. */
import type { Clock } from "./clock.ts";
import type { ReportedError } from "./environment.ts";
import type { InitPhaseName } from "./environment-log.ts";

/** What the first invocation of an environment is told of it. */
export interface InitDurations {
  readonly initDurationMs: number | undefined;
  readonly restoreDurationMs: number | undefined;
  /** On the monotonic clock. */
  readonly initialization: { readonly startMs: number; readonly endMs: number } | undefined;
}

/** One per environment; begun again for every bootstrap. */
export class InitPhase {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #startedMs = 0;
  #durationMs: number | undefined;
  #restoreDurationMs: number | undefined;
  #stopTimer: () => void = () => {};
  /** The part of the environment's life it runs in. */
  name: InitPhaseName = "init";
  /** The runtime has asked for its first event, and every extension too. */
  isDone = false;
  /** What the runtime reported, if it did. */
  error: ReportedError | undefined;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  get limitMs(): number {
    return this.#limitMs;
  }

  /** Starts the clock of a limit. */
  limit(onTimeout: () => void, limitMs: number = this.#limitMs): void {
    this.#stopTimer();
    this.#stopTimer = this.#clock.startTimer(limitMs, onTimeout);
  }

  /** A bootstrap is being started. */
  begin(name: InitPhaseName): void {
    this.name = name;
    this.isDone = false;
    this.error = undefined;
    this.#startedMs = this.#clock.monotonicMs();
  }

  /** A snapshot is being restored, within a limit. */
  beginRestore(limitMs: number, onTimeout: () => void): void {
    this.limit(onTimeout, limitMs);
    this.#startedMs = this.#clock.monotonicMs();
  }

  /** The limit no longer applies. */
  stopTimer(): void {
    this.#stopTimer();
  }

  /** Everything is ready. What is repeated inside an invocation counts as part of that; before a snapshot it does not count. */
  done(): void {
    this.stopTimer();
    this.isDone = true;
    if (this.name === "init") this.#durationMs = this.elapsedMs;
  }

  restored(): void {
    this.stopTimer();
    this.#restoreDurationMs = this.elapsedMs;
  }

  /** Since the bootstrap, or its restore, was begun. */
  get elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#startedMs;
  }

  /** For the first REPORT of an environment, once. */
  takeDurations(): InitDurations {
    const initDurationMs = this.#durationMs;
    const startMs = this.#startedMs;
    const durations: InitDurations = {
      initDurationMs,
      restoreDurationMs: this.#restoreDurationMs,
      initialization: initDurationMs === undefined ? undefined : { startMs, endMs: startMs + initDurationMs },
    };
    this.#durationMs = this.#restoreDurationMs = undefined;
    return durations;
  }
}
