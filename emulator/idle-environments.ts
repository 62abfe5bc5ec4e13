/** Environments that have nothing to do, and for how long. */
import type { Clock } from "./clock.ts";
import type { Environment } from "./environment.ts";

/** Keeps them in the order in which they became idle. */
export class IdleEnvironments {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onTimeout: (environment: Environment) => void;
  readonly #since: { readonly environment: Environment; readonly sinceMs: number }[] = [];
  #stopTimer: (() => void) | undefined;

  /** @param onTimeout called for each one that was idle for so long */
  constructor(clock: Clock, timeoutMs: number, onTimeout: (environment: Environment) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  add(environment: Environment): void {
    this.#since.push({ environment, sinceMs: this.#clock.monotonicMs() });
    // One timer for all: an invocation must not pay for one of its own.
    if (this.#stopTimer === undefined) this.#startTimer(this.#timeoutMs);
  }

  /** The one used last: one whose runtime waits comes before one that has only just answered. */
  take(accepts: (environment: Environment) => boolean): Environment | undefined {
    let found = -1;
    for (let index = this.#since.length - 1; index >= 0; index--) {
      const environment = this.#since[index]?.environment;
      if (environment === undefined || !accepts(environment)) continue;
      if (environment.isReady) {
        found = index;
        break;
      }
      if (found < 0) found = index;
    }
    return found < 0 ? undefined : this.#since.splice(found, 1)[0]?.environment;
  }

  remove(environment: Environment): void {
    const index = this.#since.findIndex((each) => each.environment === environment);
    if (index >= 0) this.#since.splice(index, 1);
  }

  close(): void {
    this.#since.length = 0;
    this.#stopTimer?.();
  }

  #startTimer(delayMs: number): void {
    this.#stopTimer = this.#clock.startTimer(delayMs, () => this.#sweep());
  }

  /** It can take another invocation, but works on one. */
  #refresh(environment: Environment): void {
    this.remove(environment);
    this.#since.push({ environment, sinceMs: this.#clock.monotonicMs() });
  }

  #sweep(): void {
    this.#stopTimer = undefined;
    const latestMs = this.#clock.monotonicMs() - this.#timeoutMs;
    for (const { environment } of this.#since.filter(({ sinceMs }) => sinceMs <= latestMs)) {
      if (environment.hasWork) this.#refresh(environment);
      else this.#onTimeout(environment);
    }
    const oldest = this.#since.find(({ sinceMs }) => sinceMs > latestMs);
    if (oldest !== undefined) this.#startTimer(oldest.sinceMs - latestMs);
  }
}
