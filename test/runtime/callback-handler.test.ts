import { expect, test } from "vitest";
import { callbackHandler, type CallbackHandler } from "../../runtime/callback-handler.ts";
import { eventLoopIsEmpty } from "../../runtime/empty-event-loop.ts";
import { findHandler } from "../../runtime/handler-module.ts";
import type { InvocationContext } from "../../runtime/invocation-context.ts";

const call = (handler: CallbackHandler<number>): Promise<unknown> =>
  Promise.resolve(callbackHandler(handler)(7, {} as InvocationContext));

/** Whether it is settled without the event loop becoming empty. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  promise.catch(() => {});
  return (await Promise.race([promise.catch(() => {}), Promise.resolve(pending).then((each) => each)])) !== pending;
}

test("a result waits for the empty event loop, an error does not", async () => {
  const result = call((event, _context, callback) => callback(null, event + 1));
  expect(await isSettled(result)).toBe(false);
  expect(eventLoopIsEmpty()).toBe(true);
  expect(await result).toBe(8);
  await expect(call((_event, _context, callback) => callback(new Error("bad")))).rejects.toThrow("bad");
  expect(eventLoopIsEmpty()).toBe(false);
});

test("the result is sent at once when the handler says so", async () => {
  const result = call((_event, context, callback) => {
    context.callbackWaitsForEmptyEventLoop = false;
    callback(undefined, "now");
  });
  expect(await result).toBe("now");
  expect(eventLoopIsEmpty()).toBe(false);
});

test("only the first call counts", async () => {
  const result = call((_event, _context, callback) => {
    callback(null, "first");
    callback(null, "second");
    callback(new Error("third"));
  });
  eventLoopIsEmpty();
  expect(await result).toBe("first");
});

test.each<[string, CallbackHandler<number>, unknown]>([
  ["done", (_event, context) => context.done(null, "done"), "done"],
  ["succeed", (_event, context) => context.succeed("succeeded"), "succeeded"],
  ["a promise", async (event) => event, 7],
])("%s gives the result at once", async (_name, handler, expected) => {
  expect(await call(handler)).toBe(expected);
  expect(eventLoopIsEmpty()).toBe(false);
});

test.each<[string, CallbackHandler<number>, unknown]>([
  ["fail", (_event, context) => context.fail(new Error("bad")), new Error("bad")],
  ["fail without a reason", (_event, context) => context.fail(), "handled"],
  ["done with an error", (_event, context) => context.done(new Error("bad")), new Error("bad")],
  ["a rejected promise", async () => Promise.reject(new Error("bad")), new Error("bad")],
  // oxlint-disable-next-line prefer-promise-reject-errors -- the subject
  ["a promise rejected with nothing", () => Promise.reject(), "handled"],
])("%s gives an error at once", async (_name, handler, expected) => {
  await expect(call(handler)).rejects.toEqual(expected);
  expect(eventLoopIsEmpty()).toBe(false);
});

test("without a callback the end of all work is the end, with null", async () => {
  const result = call(() => "ignored");
  expect(eventLoopIsEmpty()).toBe(true);
  expect(await result).toBeUndefined();
});

test("a callback before a promise waits for the empty event loop all the same", async () => {
  const result = call((_event, _context, callback) => {
    callback(null, "called back");
    return new Promise(() => {});
  });
  expect(eventLoopIsEmpty()).toBe(true);
  expect(await result).toBe("called back");
});

test("a handler with a third parameter is refused unless it is wrapped", () => {
  const handler = (_event: unknown, _context: unknown, _callback: unknown): void => {};
  expect(() => findHandler({ handler }, "handler", "index.handler")).toThrow(
    expect.objectContaining({
      name: "Runtime.CallbackHandlerDeprecated",
      message: expect.stringContaining("callbackHandler") as string,
    }) as Error,
  );
  expect(findHandler({ handler: callbackHandler(handler) }, "handler", "index.handler")).toBeTypeOf("function");
});
