import { expect, test } from "vitest";
import { readSchedules } from "../../../emulator/schedules/schedule.ts";

test("a rate counts from the start on", () => {
  const [rate] = readSchedules("it", ["rate(5 minutes)"]);
  expect([0, 1, 299_999, 300_000, 1_000_000].map((after) => rate?.nextTime(1000 + after, 1000))).toEqual(
    [300_000, 300_000, 300_000, 600_000, 1_200_000].map((ms) => 1000 + ms),
  );
});

test("a rate beyond the end of time never comes", () => {
  const [rate] = readSchedules("it", ["rate(999999999 days)"]);
  expect(rate?.nextTime(0, 0)).toBeUndefined();
});

test("a cron expression does not", () => {
  const [cron] = readSchedules("it", [" cron(0 10 * * ? *) "]);
  const [after, next] = [Date.parse("2026-01-01T10:00:00Z"), Date.parse("2026-01-02T10:00:00Z")];
  expect(cron?.nextTime(after, after - 1)).toBe(next);
});

test("none is none", () => {
  expect(readSchedules("it")).toEqual([]);
});

test.each([
  ["5 minutes", 'Function it: schedules[1] must be rate(…) or cron(…); it is "5 minutes"'],
  ["at(2026-01-01T00:00:00)", "schedules[1] must be rate(…) or cron(…)"],
  ["rate(5 minutes", "schedules[1] must be rate(…) or cron(…)"],
  ["rate(1 minutes)", "Function it: schedules[1]: rate takes minute for 1"],
  ["cron(0 25 * * ? *)", "Function it: schedules[1]: hours takes 0-23"],
])("%j is refused", (expression, message) => {
  expect(() => readSchedules("Function it", ["rate(1 day)", expression])).toThrow(
    expect.objectContaining({ code: "BAD_OPTIONS", message: expect.stringContaining(message) as string }) as Error,
  );
});
