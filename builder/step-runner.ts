/** Runs the steps of one build: events before and after each, and how long it took. */
import type { Platform } from "../images/platforms.ts";
import type { BuildEvent, BuildStep } from "./build-event.ts";

/** For one platform. A build that was called off starts no further step. */
export class StepRunner {
  /** The steps that ended well, in order. */
  readonly finished: { step: BuildStep; durationMs: number }[] = [];
  readonly #platform: Platform;
  readonly #onEvent: (event: BuildEvent) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #ignoredWarnings: readonly string[];

  constructor(
    platform: Platform,
    onEvent: (event: BuildEvent) => void,
    signal: AbortSignal | undefined,
    ignoredWarnings: readonly string[] = [],
  ) {
    this.#platform = platform;
    this.#onEvent = onEvent;
    this.#signal = signal;
    this.#ignoredWarnings = ignoredWarnings;
  }

  /** Runs one step; `onLog` takes the output of what it starts. */
  async run<Result>(step: BuildStep, work: (onLog: (line: string) => void) => Promise<Result>): Promise<Result> {
    this.#signal?.throwIfAborted();
    const platform = this.#platform;
    this.#onEvent({ type: "step-started", platform, step });
    const startedMs = performance.now();
    const result = await work((line) => this.#onEvent({ type: "log", platform, step, line }));
    const durationMs = Math.round(performance.now() - startedMs);
    this.finished.push({ step, durationMs });
    this.#onEvent({ type: "step-finished", platform, step, durationMs });
    return result;
  }

  /** Reports something that does not end the build. */
  warn(code: string, message: string): void {
    if (this.#ignoredWarnings.includes(code)) return;
    this.#onEvent({ type: "warning", platform: this.#platform, code, message });
  }

  /** Reports a choice made for the user. */
  notice(message: string): void {
    this.#onEvent({ type: "notice", platform: this.#platform, message });
  }
}
