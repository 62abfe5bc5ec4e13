import { afterEach, expect, test, vi } from "vitest";
import { listenForUncaughtFailures } from "../../runtime/uncaught-failures.ts";
import { FakeProcess } from "../support/run-script.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("a report that never ends is not waited for longer than a second", async () => {
  vi.useFakeTimers();
  const process = new FakeProcess();
  const logged: string[] = [];
  const logger = { log: () => {}, failure: (title: string) => void logged.push(title) };
  const stop = listenForUncaughtFailures(process, logger, () => new Promise(() => {}));
  process.emit("uncaughtException", new Error("x"));
  process.emit("unhandledRejection", new Error("y"));
  vi.advanceTimersByTime(1000);
  expect(await process.exited).toBe(129);
  expect(logged).toEqual(["Uncaught Exception", "Unhandled Promise Rejection"]);
  stop();
  expect(process.listenerCount("uncaughtException")).toBe(0);
});
