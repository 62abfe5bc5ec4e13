/** A schedule: the text of an option → the times at which it comes. */
import { EmulatorError } from "../errors.ts";
import { nextCronTime, parseCronExpression } from "./cron-expression.ts";
import { parseRateExpression } from "./rate-expression.ts";

/** Checked. */
export interface Schedule {
  /** As it was given. */
  readonly expression: string;
  /**
   * The next time after another, both Unix times in milliseconds.
   *
   * @param startedMs from when on a rate counts
   * @returns undefined when there is none
   */
  nextTime(afterMs: number, startedMs: number): number | undefined;
}

/** The last that `Date` can tell. */
const lastTimeMs = 8.64e15;

/**
 * Reads the schedules of a function.
 *
 * @param owner what messages begin with
 * @throws EmulatorError `BAD_OPTIONS` naming the schedule, the field and what it takes
 */
export function readSchedules(owner: string, expressions: readonly string[] = []): readonly Schedule[] {
  return expressions.map((expression, index) => readSchedule(`${owner}: schedules[${index}]`, expression));
}

function readSchedule(owner: string, expression: string): Schedule {
  const [, kind, text = ""] = /^\s*(rate|cron)\(([^()]*)\)\s*$/.exec(expression) ?? [];
  if (kind === undefined) {
    throw new EmulatorError("BAD_OPTIONS", `${owner} must be rate(…) or cron(…); it is "${expression}"`, {
      hint: "Such as rate(5 minutes), or cron(0 10 * * ? *) for 10:00 UTC on every day",
    });
  }
  if (kind === "cron") {
    const cron = parseCronExpression(owner, text);
    return { expression, nextTime: (afterMs) => nextCronTime(cron, afterMs) };
  }
  const periodMs = parseRateExpression(owner, text);
  return {
    expression,
    nextTime(afterMs, startedMs) {
      const timeMs = startedMs + (Math.floor((afterMs - startedMs) / periodMs) + 1) * periodMs;
      return timeMs > lastTimeMs ? undefined : timeMs;
    },
  };
}
