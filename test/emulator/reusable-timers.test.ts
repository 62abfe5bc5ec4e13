/** Timers that are used again behave as new ones. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startTimer } from "../../emulator/reusable-timers.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  // What was stopped is forgotten with its time.
  vi.runAllTimers();
  vi.useRealTimers();
});

const log: string[] = [];
beforeEach(() => void log.splice(0));
const start = (name: string, delayMs = 100): (() => void) => startTimer(delayMs, () => void log.push(name));

test("calls back once, after its delay", () => {
  start("a");
  vi.advanceTimersByTime(99);
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(log).toEqual(["a"]);
});

test("a stopped one does not call back, and the next has its whole delay", () => {
  const stop = start("a");
  vi.advanceTimersByTime(60);
  stop();
  vi.advanceTimersByTime(30);
  start("b");
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(99);
  expect(log).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(log).toEqual(["b"]);
});

test("who stops twice, or too late, stops nobody else's", () => {
  const stop = start("a");
  stop();
  start("b");
  stop();
  vi.advanceTimersByTime(100);
  const stopB = start("c");
  vi.advanceTimersByTime(100);
  start("d");
  stopB();
  vi.advanceTimersByTime(100);
  expect(log).toEqual(["b", "c", "d"]);
});

test("of several stopped ones of a delay one is kept, and none beyond its time", () => {
  const stops = [start("a"), start("b"), start("c", 200)];
  for (const stop of stops) stop();
  expect(vi.getTimerCount()).toBe(2);
  vi.advanceTimersByTime(200);
  expect(vi.getTimerCount()).toBe(0);
  start("d");
  vi.advanceTimersByTime(100);
  expect(log).toEqual(["d"]);
});

test("several of one delay run side by side", () => {
  start("a");
  vi.advanceTimersByTime(50);
  const stop = start("b");
  start("c");
  stop();
  vi.advanceTimersByTime(100);
  expect(log).toEqual(["a", "c"]);
});

test("one of fake timers is not used when these are gone", () => {
  start("a")();
  vi.useRealTimers();
  vi.useFakeTimers();
  start("b");
  vi.advanceTimersByTime(100);
  expect(log).toEqual(["b"]);
});
