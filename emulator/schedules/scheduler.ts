/** Waits for the times of all schedules, one after the other, and tells of each. */
import type { Clock } from "../clock.ts";
import type { Schedule } from "./schedule.ts";
import { formatScheduledEvent, formatSeconds } from "./scheduled-event.ts";

export interface SchedulerOptions {
  readonly functions: readonly { readonly name: string; readonly schedules: readonly Schedule[] }[];
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  /** Called with the event for a function whose time has come. */
  readonly onDue: (functionName: string, event: string) => void;
  /** Hears when each schedule comes first. */
  readonly onNotice: (message: string) => void;
}

/** Timers do not know that the machine slept or that its clock was set: the clock is looked at as often as this. */
const maxWaitMs = 60_000;

/** Runs from its creation until it is closed. A rate counts from then on. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #startedMs: number;
  readonly #timers = new Set<() => void>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#startedMs = options.clock.now();
    for (const { name, schedules } of options.functions) {
      for (const [index, schedule] of schedules.entries()) this.#start(name, index + 1, schedule);
    }
  }

  /** Calls off every time that is still to come. */
  close(): void {
    for (const stop of this.#timers) stop();
    this.#timers.clear();
  }

  #start(name: string, number: number, schedule: Schedule): void {
    const firstMs = schedule.nextTime(this.#startedMs, this.#startedMs);
    const when = firstMs === undefined ? "never: it has no time left" : `first at ${formatSeconds(firstMs)}`;
    this.#options.onNotice(`${schedule.expression} invokes ${name} ${when}`);
    if (firstMs !== undefined) this.#waitFor(firstMs, name, number, schedule);
  }

  #waitFor(timeMs: number, name: string, number: number, schedule: Schedule): void {
    const { clock } = this.#options;
    const waitMs = Math.min(Math.max(timeMs - clock.now(), 0), maxWaitMs);
    const stop = clock.startTimer(waitMs, () => {
      this.#timers.delete(stop);
      if (clock.now() < timeMs) this.#waitFor(timeMs, name, number, schedule);
      else this.#fire(timeMs, name, number, schedule);
    });
    this.#timers.add(stop);
  }

  #fire(timeMs: number, name: string, number: number, schedule: Schedule): void {
    const { clock, region, accountId, onDue } = this.#options;
    // Of the times that were slept through only this one is made up for.
    const nextMs = schedule.nextTime(Math.max(timeMs, clock.now()), this.#startedMs);
    if (nextMs !== undefined) this.#waitFor(nextMs, name, number, schedule);
    onDue(name, formatScheduledEvent({ functionName: name, number, region, accountId, timeMs }));
  }
}
