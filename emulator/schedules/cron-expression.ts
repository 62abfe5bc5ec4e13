/** `cron(0 10 * * ? *)`: six fields, in UTC, as rules of EventBridge have them. */
import { EmulatorError } from "../errors.ts";
import { parseDayOfMonth, parseDayOfWeek, type DaysOfMonth } from "./cron-days.ts";
import { parseCronField, type CronField } from "./cron-field.ts";

/** The minutes of all years in which it comes. Lists go from low to high. */
export interface CronExpression {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: DaysOfMonth;
  readonly months: readonly number[];
  readonly years: readonly number[];
}

const minuteMs = 60_000;
const wildcards = ", - * /";
const minutes: CronField = { name: "minutes", min: 0, max: 59, wildcards };
const hours: CronField = { name: "hours", min: 0, max: 23, wildcards };
const month: CronField = {
  name: "month",
  min: 1,
  max: 12,
  names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  wildcards,
};
const year: CronField = { name: "year", min: 1970, max: 2199, wildcards };

/**
 * Reads what stands between the parentheses. Source: Amazon EventBridge user guide, "Cron expressions reference".
 *
 * @param owner what the message begins with
 * @throws EmulatorError `BAD_OPTIONS` naming the field and what it takes
 */
export function parseCronExpression(owner: string, text: string): CronExpression {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) {
    const five = fields.length === 5 ? "; a year is missing, and one of the days must be ?" : "";
    throw new EmulatorError("BAD_OPTIONS", `${owner}: cron takes six fields; "${text}" has ${fields.length}`, {
      hint: `The fields are minutes hours day-of-month month day-of-week year, such as cron(0 10 * * ? *)${five}`,
    });
  }
  const [minuteText = "", hourText = "", dayText = "", monthText = "", weekdayText = "", yearText = ""] = fields;
  if ((dayText === "?") === (weekdayText === "?")) {
    throw new EmulatorError(
      "BAD_OPTIONS",
      `${owner}: exactly one of day-of-month and day-of-week must be ?; they are "${dayText}" and "${weekdayText}"`,
      { hint: "Days of the week: cron(0 10 ? * MON-FRI *). Days of the month: cron(0 10 1 * ? *)" },
    );
  }
  return {
    minutes: parseCronField(owner, minuteText, minutes),
    hours: parseCronField(owner, hourText, hours),
    daysOfMonth: dayText === "?" ? parseDayOfWeek(owner, weekdayText) : parseDayOfMonth(owner, dayText),
    months: parseCronField(owner, monthText, month),
    years: parseCronField(owner, yearText, year),
  };
}

/**
 * The first whole minute after a time that an expression describes.
 *
 * @returns Unix time in milliseconds; undefined when there is none up to the year 2199
 */
export function nextCronTime(expression: CronExpression, afterMs: number): number | undefined {
  const earliestMs = (Math.floor(afterMs / minuteMs) + 1) * minuteMs;
  const earliestYear = new Date(earliestMs).getUTCFullYear();
  for (const eachYear of expression.years) {
    if (eachYear < earliestYear) continue;
    for (const eachMonth of expression.months) {
      if (Date.UTC(eachYear, eachMonth) <= earliestMs) continue;
      for (const day of expression.daysOfMonth(eachYear, eachMonth)) {
        if (Date.UTC(eachYear, eachMonth - 1, day + 1) <= earliestMs) continue;
        const timeMs = firstOfDay(expression, Date.UTC(eachYear, eachMonth - 1, day), earliestMs);
        if (timeMs !== undefined) return timeMs;
      }
    }
  }
  return undefined;
}

function firstOfDay(expression: CronExpression, midnightMs: number, earliestMs: number): number | undefined {
  for (const hour of expression.hours) {
    for (const minute of expression.minutes) {
      const timeMs = midnightMs + (hour * 60 + minute) * minuteMs;
      if (timeMs >= earliestMs) return timeMs;
    }
  }
  return undefined;
}
