/** The two day fields of a cron expression, of which `L`, `W` and `#` depend on the month. */
import { parseCronField, parseCronValue, refuseCronField, type CronField } from "./cron-field.ts";

/** The days of a month, from low to high. Months count from 1. */
export type DaysOfMonth = (year: number, month: number) => readonly number[];

const [sunday, saturday] = [1, 7];
const dayOfMonth: CronField = {
  name: "day-of-month",
  min: 1,
  max: 31,
  wildcards: ", - * ? /, or alone L, LW or a day with W",
};
const dayOfWeek: CronField = {
  name: "day-of-week",
  min: sunday,
  max: saturday,
  names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
  wildcards: ", - * ?, or alone L, a day with L, or a day with #1 to #5",
};

/**
 * Reads the field day-of-month. `L` is the last day, `3W` the weekday nearest to the third within the month, `LW` the
 * last weekday (not in the user guide; users report that EventBridge takes it).
 *
 * @throws EmulatorError `BAD_OPTIONS`
 */
export function parseDayOfMonth(owner: string, text: string): DaysOfMonth {
  const special = text.toUpperCase();
  if (special === "L") return (year, month) => [lastDay(year, month)];
  if (special === "LW") return (year, month) => [nearestWeekday(year, month, lastDay(year, month))];
  if (special.endsWith("W")) {
    const day = parseCronValue(text.slice(0, -1), dayOfMonth);
    if (day === undefined) throw refuseCronField(owner, text, dayOfMonth);
    return (year, month) => (day > lastDay(year, month) ? [] : [nearestWeekday(year, month, day)]);
  }
  const days = parseCronField(owner, text, dayOfMonth);
  return (year, month) => days.filter((day) => day <= lastDay(year, month));
}

/**
 * Reads the field day-of-week, in which Sunday is 1. `L` is Saturday, `6L` the last Friday of the month, `3#2` its second
 * Tuesday.
 *
 * @throws EmulatorError `BAD_OPTIONS`
 */
export function parseDayOfWeek(owner: string, text: string): DaysOfMonth {
  const special = text.toUpperCase();
  if (special === "L") return (year, month) => daysOn([saturday], year, month);
  const [, name = "", suffix = ""] = /^(\w+?)(L|#[1-5])$/.exec(special) ?? [];
  if (suffix === "") {
    const weekdays = parseCronField(owner, text, dayOfWeek);
    return (year, month) => daysOn(weekdays, year, month);
  }
  const weekday = parseCronValue(name, dayOfWeek);
  if (weekday === undefined) throw refuseCronField(owner, text, dayOfWeek);
  const index = suffix === "L" ? -1 : Number(suffix.slice(1)) - 1;
  return (year, month) => [daysOn([weekday], year, month).at(index) ?? []].flat();
}

function daysOn(weekdays: readonly number[], year: number, month: number): readonly number[] {
  const all = Array.from({ length: lastDay(year, month) }, (_, index) => index + 1);
  return all.filter((day) => weekdays.includes(weekdayOf(year, month, day)));
}

function nearestWeekday(year: number, month: number, day: number): number {
  switch (weekdayOf(year, month, day)) {
    case saturday:
      return day === 1 ? 3 : day - 1;
    case sunday:
      return day === lastDay(year, month) ? day - 2 : day + 1;
    default:
      return day;
  }
}

function weekdayOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}

function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
