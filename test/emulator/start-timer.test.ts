/** Timers behave as `setTimeout` and `clearTimeout` do, whoever has replaced these. */
import { AsyncLocalStorage } from "node:async_hooks";
import { mock } from "node:test";
import { afterEach, expect, test, vi } from "vitest";
import { startTimer } from "../../emulator/start-timer.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.resetModules();
});

test("calls back once, after its delay, unless it is stopped", () => {
  vi.useFakeTimers();
  const log: string[] = [];
  startTimer(100, () => log.push("a"));
  const stop = startTimer(100, () => log.push("b"));
  vi.advanceTimersByTime(99);
  expect(log).toEqual([]);
  stop();
  stop();
  vi.advanceTimersByTime(1000);
  expect(log).toEqual(["a"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a stopped one does not keep the process", () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length;
  const before = timers();
  const stop = startTimer(60_000, () => {});
  expect(timers()).toBe(before + 1);
  stop();
  expect(timers()).toBe(before);
});

test("the mocked timers of node:test work again and again", () => {
  const fired: number[] = [];
  for (let round = 0; round < 3; round++) {
    mock.timers.enable({ apis: ["setTimeout"] });
    startTimer(50, () => fired.push(-1))();
    startTimer(50, () => fired.push(round));
    mock.timers.tick(50);
    startTimer(50, () => fired.push(-1))();
    mock.timers.reset();
  }
  expect(fired).toEqual([0, 1, 2]);
});

test("each calls back in the context of its own caller", async () => {
  const storage = new AsyncLocalStorage<string>();
  storage.run("first", () => startTimer(1, () => {})());
  const seen = await new Promise((resolve) => {
    storage.run("second", () => startTimer(1, () => resolve(storage.getStore())));
  });
  expect(seen).toBe("second");
});

test("one that does nothing is under way for each delay, as long as that", async () => {
  vi.useFakeTimers();
  vi.resetModules();
  // To this one the fake timers are the real ones.
  const { startTimer: start } = await import("../../emulator/start-timer.ts");
  for (const delayMs of [100, 100, 200]) start(delayMs, () => {})();
  expect(vi.getTimerCount()).toBe(2);
  vi.advanceTimersByTime(100);
  expect(vi.getTimerCount()).toBe(1);
  start(100, () => {})();
  expect(vi.getTimerCount()).toBe(2);
  vi.advanceTimersByTime(100);
  expect(vi.getTimerCount()).toBe(0);
});
