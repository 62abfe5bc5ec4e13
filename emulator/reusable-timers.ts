/**
 * Timers of the machine, those that were stopped kept for the next one of the same delay. Every invocation has one, mostly of
 * the same delay and stopped soon: Node.js makes a list for each delay and drops it with the last timer in it.
 */

/** At most one for each delay. They run on, but for nothing, and do not keep the process. */
const stopped = new Map<number, ReusableTimer>();

/** Calls back once after the delay; returns how to call it off. */
export function startTimer(delayMs: number, onElapsed: () => void): () => void {
  const kept = stopped.get(delayMs);
  stopped.delete(delayMs);
  const timer = kept?.isCurrent === true ? kept : new ReusableTimer(delayMs);
  return timer.start(onElapsed);
}

class ReusableTimer {
  readonly #delayMs: number;
  readonly #maker = setTimeout;
  readonly #timeout: NodeJS.Timeout;
  /** Of its present user. */
  #run: (() => void) | undefined;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
    this.#timeout = setTimeout(() => this.#elapse(), delayMs);
  }

  /** False where a test has replaced the timers of the process (fake timers), or given them back, since it was made. */
  get isCurrent(): boolean {
    return this.#maker === setTimeout;
  }

  start(onElapsed: () => void): () => void {
    // Each user's own, so that none can stop another's.
    const run = (): void => onElapsed();
    this.#run = run;
    this.#timeout.ref().refresh();
    return () => {
      if (this.#run === run) this.#stop();
    };
  }

  #stop(): void {
    this.#run = undefined;
    if (stopped.has(this.#delayMs)) return clearTimeout(this.#timeout);
    stopped.set(this.#delayMs, this);
    this.#timeout.unref();
  }

  #elapse(): void {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) stopped.delete(this.#delayMs);
    else run();
  }
}
