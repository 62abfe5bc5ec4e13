import { expect, test } from "vitest";
import { Pace } from "../../emulator/streaming/pace.ts";
import { ManualClock } from "../support/manual-clock.ts";

const mebibyte = 1_048_576;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("6 MB at once, then 2 MB per second; what was not used is saved up again, up to 6 MB", async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  let taken = 0;
  const take = (mebibytes: number): void => void pace.take(mebibytes * mebibyte).then(() => (taken += mebibytes));
  take(6);
  await settle();
  expect(taken).toBe(6);
  take(1);
  await settle();
  expect(taken).toBe(6);
  expect(clock.timerAfter(500)).toBe(1);
  clock.advance(500);
  await settle();
  expect(taken).toBe(7);
  clock.advance(60_000);
  take(6);
  await settle();
  expect(taken).toBe(13);
  take(2);
  await settle();
  expect(clock.timerAfter(1000)).toBe(1);
});
