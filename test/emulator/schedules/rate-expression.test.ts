import { expect, test } from "vitest";
import { parseRateExpression } from "../../../emulator/schedules/rate-expression.ts";

test.each([
  ["1 minute", 60_000],
  ["5 minutes", 300_000],
  [" 1  hour ", 3_600_000],
  ["12 hours", 43_200_000],
  ["1 day", 86_400_000],
  ["30 days", 2_592_000_000],
])("%j", (text, periodMs) => {
  expect(parseRateExpression("it", text)).toBe(periodMs);
});

test.each([
  ["0 minutes", 'rate takes a whole number from 1 and minute, minutes, hour, hours, day or days; it is "0 minutes"'],
  ["-1 minute", "takes a whole number from 1"],
  ["1.5 hours", "takes a whole number from 1"],
  ["5", "takes a whole number from 1"],
  ["minutes", "takes a whole number from 1"],
  ["30 seconds", "takes a whole number from 1"],
  ["5 Minutes", "takes a whole number from 1"],
  ["", "takes a whole number from 1"],
  ["1 minutes", "takes minute for 1 and minutes for more", "Write rate(1 minute)"],
  ["2 hour", "takes hour for 1 and hours for more", "Write rate(2 hours)"],
])("%j is refused", (text, message, hint = "Such as rate(5 minutes)") => {
  expect(() => parseRateExpression("it", text)).toThrow(
    expect.objectContaining({
      name: "EmulatorError",
      code: "BAD_OPTIONS",
      message: expect.stringContaining(message) as string,
      hint,
    }) as Error,
  );
});
