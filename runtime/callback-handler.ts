/**
 * Handlers of the callback style, which Lambda's managed runtime dropped with Node.js 24. A compatibility option: wrap
 * the old handler, and nothing else has to change.
 */
import { onceEventLoopIsEmpty } from "./empty-event-loop.ts";
import type { InvocationContext } from "./invocation-context.ts";
import { isThenable } from "./is-thenable.ts";
import type { Handler } from "./run.ts";

/** `callback(error)` or `callback(null, result)`; the first call counts. */
export type Callback<Result> = (error?: unknown, result?: Result) => void;

/** The context of a callback handler: with the members that were retired. */
export interface CallbackContext extends InvocationContext {
  /** False: the result is sent at once; true: when the event loop is empty. @default true */
  callbackWaitsForEmptyEventLoop: boolean;
  /** @deprecated sends the result at once */
  done(error?: unknown, result?: unknown): void;
  /** @deprecated sends the result at once */
  succeed(result?: unknown): void;
  /** @deprecated sends the error at once */
  fail(error?: unknown): void;
}

/** A handler of the callback style. A promise it returns counts as well; any other value does not. */
export type CallbackHandler<Event = unknown, Result = unknown> = (
  event: Event,
  context: CallbackContext,
  callback: Callback<Result>,
) => unknown;

/**
 * Makes a handler of today out of one with a callback, as the managed runtime for Node.js 22 ran it.
 *
 * ```ts
 * export const handler = callbackHandler((event, context, callback) => callback(null, "done"));
 * ```
 */
export function callbackHandler<Event = unknown, Result = unknown>(
  handler: CallbackHandler<Event, Result>,
): Handler<Event, Result> {
  return (event, context) => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    let isOver = false;
    let stopWaiting: (() => void) | undefined;
    const settle = (error: unknown, result: unknown): void => {
      isOver = true;
      stopWaiting?.();
      if (error === undefined || error === null) resolve(result as Result);
      else reject(error);
    };
    const settleWhenEmpty = (result?: unknown): void => {
      stopWaiting?.();
      stopWaiting = onceEventLoopIsEmpty(() => settle(null, result));
    };
    const callbackContext: CallbackContext = Object.assign(context, {
      callbackWaitsForEmptyEventLoop: true,
      done: (error?: unknown, result?: unknown) => settle(error, result),
      succeed: (result?: unknown) => settle(null, result),
      fail: (error?: unknown) => settle(error ?? "handled", undefined),
    });
    // Without a callback and without a promise, the end of all work is the end of the invocation.
    settleWhenEmpty();
    let isCalledBack = false;
    const returned = handler(event, callbackContext, (error, result) => {
      if (isOver || isCalledBack) return;
      isCalledBack = true;
      const isError = error !== undefined && error !== null;
      if (isError || !callbackContext.callbackWaitsForEmptyEventLoop) settle(error, result);
      else settleWhenEmpty(result);
    });
    if (isThenable(returned)) {
      if (!isCalledBack) stopWaiting?.();
      returned.then(
        (result) => settle(null, result),
        (error: unknown) => settle(error ?? "handled", undefined),
      );
    }
    return promise;
  };
}
