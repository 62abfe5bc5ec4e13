import { describe, expect, test } from "vitest";
import { nextCronTime, parseCronExpression } from "../../../emulator/schedules/cron-expression.ts";

/** The next times after a time, in words of ISO 8601 without seconds. */
function nextTimes(text: string, after: string, count: number): string[] {
  const expression = parseCronExpression("it", text);
  const times: string[] = [];
  let timeMs: number | undefined = Date.parse(after);
  while (times.length < count) {
    timeMs = nextCronTime(expression, timeMs);
    if (timeMs === undefined) break;
    times.push(new Date(timeMs).toISOString().slice(0, 16));
  }
  return times;
}

describe("the examples of the user guide", () => {
  test.each([
    ["0 10 * * ? *", ["2026-01-01T10:00", "2026-01-02T10:00", "2026-01-03T10:00"]],
    ["15 12 * * ? *", ["2026-01-01T12:15", "2026-01-02T12:15", "2026-01-03T12:15"]],
    ["0 18 ? * MON-FRI *", ["2026-01-01T18:00", "2026-01-02T18:00", "2026-01-05T18:00"]],
    ["0 8 1 * ? *", ["2026-01-01T08:00", "2026-02-01T08:00", "2026-03-01T08:00"]],
    ["0/15 * * * ? *", ["2026-01-01T00:15", "2026-01-01T00:30", "2026-01-01T00:45"]],
    ["0/10 * ? * MON-FRI *", ["2026-01-01T00:10", "2026-01-01T00:20", "2026-01-01T00:30"]],
    ["0/5 8-17 ? * MON-FRI *", ["2026-01-01T08:00", "2026-01-01T08:05", "2026-01-01T08:10"]],
    ["15 10 ? * 6L 2019-2026", ["2026-01-30T10:15", "2026-02-27T10:15", "2026-03-27T10:15"]],
    ["1/10 * * * ? *", ["2026-01-01T00:01", "2026-01-01T00:11", "2026-01-01T00:21"]],
    ["0 0 ? * 3#2 *", ["2026-01-13T00:00", "2026-02-10T00:00", "2026-03-10T00:00"]],
  ])("%s", (text, times) => {
    expect(nextTimes(text, "2026-01-01T00:00Z", 3)).toEqual(times);
  });
});

describe("days that depend on the month", () => {
  test.each([
    ["L is its last day", "0 0 L * ? *", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]],
    ["a day that not every month has", "0 0 31 * ? *", ["2024-01-31", "2024-03-31", "2024-05-31", "2024-07-31"]],
    ["29 February", "0 0 29 2 ? *", ["2024-02-29", "2028-02-29", "2032-02-29", "2036-02-29"]],
    // 3 February 2024 is a Saturday, 3 March a Sunday.
    ["3W is near the third", "0 0 3W * ? *", ["2024-01-03", "2024-02-02", "2024-03-04", "2024-04-03"]],
    // 1 June 2024 is a Saturday, 1 September a Sunday.
    ["1W stays in its month", "0 0 1W 6,9 ? *", ["2024-06-03", "2024-09-02", "2025-06-02", "2025-09-01"]],
    // 31 March 2024 and 31 August 2025 are Sundays.
    ["31W stays in its month", "0 0 31W 2,3,8 ? *", ["2024-03-29", "2024-08-30", "2025-03-31", "2025-08-29"]],
    ["LW is the last weekday", "0 0 LW * ? *", ["2024-01-31", "2024-02-29", "2024-03-29", "2024-04-30"]],
    ["a last Friday", "0 0 ? * FRIL *", ["2024-01-26", "2024-02-23", "2024-03-29", "2024-04-26"]],
    ["a fifth Thursday", "0 0 ? * THU#5 *", ["2024-02-29", "2024-05-30", "2024-08-29", "2024-10-31"]],
    ["L of a week is Saturday", "0 0 ? * L *", ["2024-01-06", "2024-01-13", "2024-01-20", "2024-01-27"]],
    ["1 is Sunday", "0 0 ? * 1 *", ["2024-01-07", "2024-01-14", "2024-01-21", "2024-01-28"]],
  ])("%s", (_, text, days) => {
    expect(nextTimes(text, "2024-01-01T00:00Z", 4)).toEqual(days.map((day) => `${day}T00:00`));
  });
});

test("lists, ranges, steps and names of any case go together", () => {
  const { minutes, hours, months, years } = parseCronExpression(
    "it",
    "5,1-3,50/5,*/30 8-20/6 ? jan,Mar-MAY MON 2026,2030/60",
  );
  expect({ minutes, hours, months, years }).toEqual({
    minutes: [0, 1, 2, 3, 5, 30, 50, 55],
    hours: [8, 14, 20],
    months: [1, 3, 4, 5],
    years: [2026, 2030, 2090, 2150],
  });
});

test("a time that has come is not the next one, not even within its minute", () => {
  expect(nextTimes("0 10 * * ? *", "2026-01-01T09:59:59.999Z", 1)).toEqual(["2026-01-01T10:00"]);
  expect(nextTimes("0 10 * * ? *", "2026-01-01T10:00:00.000Z", 1)).toEqual(["2026-01-02T10:00"]);
  expect(nextTimes("0 10 * * ? *", "2026-01-01T10:00:30.000Z", 1)).toEqual(["2026-01-02T10:00"]);
});

test.each([
  ["a year that is over", "0 0 1 1 ? 2020"],
  ["a day that never comes", "0 0 30 2 ? *"],
])("%s has no next time", (_, text) => {
  expect(nextTimes(text, "2026-01-01T00:00Z", 1)).toEqual([]);
});

test.each([
  ["0 10 * * ?", 'cron takes six fields; "0 10 * * ?" has 5'],
  ["", "cron takes six fields"],
  ["0 0 10 * * ? *", "has 7"],
  ["0 10 * * * *", 'exactly one of day-of-month and day-of-week must be ?; they are "*" and "*"'],
  ["0 10 ? * ? *", "exactly one of day-of-month and day-of-week must be ?"],
  ["0 10 1 * MON *", "exactly one of day-of-month and day-of-week must be ?"],
  ["60 10 * * ? *", 'minutes takes 0-59 and , - * /; it is "60"'],
  ["-1 10 * * ? *", "minutes takes"],
  ["1. 10 * * ? *", "minutes takes"],
  ["? 10 * * ? *", "minutes takes"],
  ["*/0 10 * * ? *", "minutes takes"],
  ["/5 10 * * ? *", "minutes takes"],
  ["1/ 10 * * ? *", "minutes takes"],
  ["1/2/3 10 * * ? *", "minutes takes"],
  ["1-2-3 10 * * ? *", "minutes takes"],
  ["1,,2 10 * * ? *", "minutes takes"],
  ["0 24 * * ? *", "hours takes 0-23"],
  ["0 22-2 * * ? *", "hours takes 0-23"],
  ["0 0 0 * ? *", "day-of-month takes 1-31"],
  ["0 0 32 * ? *", "day-of-month takes 1-31"],
  ["0 0 1,L * ? *", 'day-of-month takes 1-31 and , - * ? /, or alone L, LW or a day with W; it is "1,L"'],
  ["0 0 W * ? *", "day-of-month takes"],
  ["0 0 32W * ? *", "day-of-month takes"],
  ["0 0 1 13 ? *", "month takes 1-12, JAN-DEC and"],
  ["0 0 1 MON ? *", "month takes"],
  ["0 0 ? * 0 *", "day-of-week takes 1-7, SUN-SAT and"],
  ["0 0 ? * 8L *", "day-of-week takes"],
  ["0 0 ? * 3#6 *", "day-of-week takes"],
  ["0 0 ? * 3#1,6#3 *", "day-of-week takes"],
  ["0 0 ? * MON/2 *", "day-of-week takes"],
  ["0 0 ? * FRI-MON *", "day-of-week takes"],
  ["0 0 1 1 ? 1969", "year takes 1970-2199"],
  ["0 0 1 1 ? 2200", "year takes 1970-2199"],
])("%j is refused", (text, message) => {
  expect(() => parseCronExpression("it", text)).toThrow(
    expect.objectContaining({
      name: "EmulatorError",
      code: "BAD_OPTIONS",
      message: expect.stringContaining(message) as string,
      hint: expect.stringContaining("cron(0 10 ") as string,
    }) as Error,
  );
});
