import { expect, test } from "vitest";
import type { RuntimeEnvironment } from "../../runtime/environment.ts";
import { buildInvocationContext, endInvocationContext } from "../../runtime/invocation-context.ts";
import type { Invocation } from "../../runtime/runtime-api-client.ts";

const build = (deadlineMs: number, deadlineMarginMs: number) =>
  buildInvocationContext({ deadlineMs } as unknown as Invocation, {} as RuntimeEnvironment, { deadlineMarginMs });

test("the signal fires before the deadline, with a reason", async () => {
  const context = build(Date.now() + 60_000, 60_000);
  const { signal } = context;
  expect(context.signal).toBe(signal);
  await new Promise((resolve) => {
    signal.addEventListener("abort", resolve);
  });
  expect(signal.reason).toMatchObject({ name: "TimeoutError", message: "The invocation ends in 60000 ms" });
});

test("a deadline further away than any timer can be set for does not fire", async () => {
  const { signal } = build(Date.now() + 2 ** 40, 0);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(signal.aborted).toBe(false);
});

test("a signal that nobody has read, and a foreign context, can be ended", () => {
  for (const context of [build(Date.now() + 1000, 0), {}, null, "text"]) {
    expect(() => endInvocationContext(context)).not.toThrow();
  }
});

test("after the end the signal stays quiet, and the timer keeps nothing alive", () => {
  const context = build(Date.now() + 1000, 0);
  const { signal } = context;
  endInvocationContext(context);
  expect(signal.aborted).toBe(false);
});

test("the remaining time can be negative", () => {
  expect(build(Date.now() - 1000, 0).getRemainingTimeInMillis()).toBeLessThanOrEqual(-1000);
});

test("the context can be printed and copied without starting the timer", () => {
  expect(JSON.parse(JSON.stringify({ ...build(0, 0) }))).toEqual({});
});
