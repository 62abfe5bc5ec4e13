/** The next time against a walk from minute to minute, of which the fields say what they mean in their own words. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { nextCronTime, parseCronExpression } from "../../../emulator/schedules/cron-expression.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** A field as text, and what it means. */
interface Field<Value = number> {
  readonly text: string;
  readonly holds: (value: Value) => boolean;
}

/** @param starFrom where the steps of `*` begin, when the values to choose from are not all of the field's */
function field(
  min: number,
  max: number,
  {
    names = [],
    hasSteps = true,
    starFrom = min,
  }: { readonly names?: readonly string[]; readonly hasSteps?: boolean; readonly starFrom?: number } = {},
): fc.Arbitrary<Field> {
  const value = fc.integer({ min, max });
  const name = (each: number): string => names[each - min] ?? String(each);
  const all = fc.constant<Field>({ text: "*", holds: () => true });
  const one = value.map((each): Field => ({ text: name(each), holds: (other) => other === each }));
  const range = fc.tuple(value, value).map(([a, b]): Field => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    return { text: `${low}-${name(high)}`, holds: (other) => other >= low && other <= high };
  });
  const step = fc.tuple(fc.oneof(all, one, range), fc.integer({ min: 1, max: 20 })).map(([base, every]): Field => {
    const first = base.text === "*" ? starFrom : firstOf(base, min, max);
    const isOpen = base.text === "*" || !base.text.includes("-");
    return {
      text: `${base.text}/${every}`,
      holds: (other) => other >= first && (other - first) % every === 0 && (isOpen || base.holds(other)),
    };
  });
  const part = hasSteps ? fc.oneof(all, one, one, range, step) : fc.oneof(all, one, one, range);
  return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => ({
    text: parts.map(({ text }) => text).join(","),
    holds: (other) => parts.some(({ holds }) => holds(other)),
  }));
}

function firstOf({ holds }: Field, min: number, max: number): number {
  for (let value = min; value <= max; value++) if (holds(value)) return value;
  throw new Error("a field holds at least one value");
}

const isWeekday = (date: Date): boolean => ![0, 6].includes(date.getUTCDay());
const addDays = (date: Date, count: number): Date => new Date(date.getTime() + count * dayMs);
const isSameMonth = (a: Date, b: Date): boolean => a.getUTCMonth() === b.getUTCMonth();
const isLast = (date: Date): boolean => !isSameMonth(date, addDays(date, 1));

/** Weekdays of the same month, the nearest first; Saturdays and Sundays have no two as near as each other but at an edge. */
function isNearestWeekday(date: Date, wanted: Date): boolean {
  const candidates = [0, -1, 1, -2, 2].map((days) => addDays(wanted, days));
  return candidates.find((each) => isSameMonth(each, wanted) && isWeekday(each))?.getTime() === date.getTime();
}

const ofMonth: fc.Arbitrary<Field<Date>> = fc.oneof(
  field(1, 31).map(({ text, holds }) => ({ text, holds: (date: Date) => holds(date.getUTCDate()) })),
  fc.constant({ text: "L", holds: isLast }),
  fc.constant({
    text: "LW",
    holds: (date: Date) => isNearestWeekday(date, new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0))),
  }),
  fc.integer({ min: 1, max: 31 }).map((day) => ({
    text: `${day}W`,
    holds(date: Date) {
      const wanted = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day));
      return isSameMonth(wanted, date) && isNearestWeekday(date, wanted);
    },
  })),
);
const weekday = fc.integer({ min: 1, max: 7 });
const ofWeek: fc.Arbitrary<Field<Date>> = fc.oneof(
  field(1, 7, { names: dayNames, hasSteps: false }).map(({ text, holds }) => ({
    text,
    holds: (date: Date) => holds(date.getUTCDay() + 1),
  })),
  fc.constant({ text: "L", holds: (date: Date) => date.getUTCDay() === 6 }),
  weekday.map((day) => ({
    text: `${day}L`,
    holds: (date: Date) => date.getUTCDay() + 1 === day && !isSameMonth(date, addDays(date, 7)),
  })),
  fc.tuple(weekday, fc.integer({ min: 1, max: 5 })).map(([day, index]) => ({
    text: `${dayNames[day - 1]}#${index}`,
    holds: (date: Date) => date.getUTCDay() + 1 === day && Math.ceil(date.getUTCDate() / 7) === index,
  })),
);
const days: fc.Arbitrary<Field<Date> & { readonly fields: readonly [string, string] }> = fc.oneof(
  ofMonth.map((each) => ({ ...each, fields: [each.text, "?"] as const })),
  ofWeek.map((each) => ({ ...each, fields: ["?", each.text] as const })),
);

const startMs = fc.integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2029, 0, 1) });
const walkedUntilMs = Date.UTC(2031, 0, 1);

test("the next time is later, fits all fields, and no minute before it does", () => {
  fc.assert(
    fc.property(
      field(0, 59),
      field(0, 23),
      days,
      field(1, 12, { names: monthNames }),
      field(2022, 2030, { starFrom: 1970 }),
      startMs,
      (minutes, hours, day, months, years, afterMs) => {
        const text = [minutes.text, hours.text, day.fields[0], months.text, day.fields[1], years.text].join(" ");
        const fitsDay = (date: Date): boolean =>
          day.holds(date) && months.holds(date.getUTCMonth() + 1) && years.holds(date.getUTCFullYear());
        const fitsMinute = (date: Date): boolean =>
          minutes.holds(date.getUTCMinutes()) && hours.holds(date.getUTCHours());
        let walkedMs = (Math.floor(afterMs / minuteMs) + 1) * minuteMs;
        while (walkedMs < walkedUntilMs) {
          const midnightMs = walkedMs - (walkedMs % dayMs);
          // Over days that do not fit in one step: minute by minute it would take hours.
          if (!fitsDay(new Date(midnightMs))) walkedMs = midnightMs + dayMs;
          else if (fitsMinute(new Date(walkedMs))) break;
          else walkedMs += minuteMs;
        }
        const found = nextCronTime(parseCronExpression("it", text), afterMs) ?? Infinity;
        if (walkedMs < walkedUntilMs) expect(found, text).toBe(walkedMs);
        else expect(found, text).toBeGreaterThanOrEqual(walkedUntilMs);
      },
    ),
    { numRuns: 500 },
  );
});
