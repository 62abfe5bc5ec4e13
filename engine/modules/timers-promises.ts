/** `node:timers/promises`. */
import { setImmediate as startImmediate, setTimeout as startTimer } from "./timers.ts";
import type { AbortSignal } from "./event-target.ts";

interface Options {
  readonly ref?: boolean;
  readonly signal?: AbortSignal;
}

export function setTimeout<Value>(
  delayMs?: number,
  value?: Value,
  { ref = true, signal }: Options = {},
): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = startTimer(() => resolve(value as Value), delayMs);
    if (!ref) timer.unref();
    signal?.addEventListener("abort", () => {
      timer.close();
      reject(signal.reason);
    });
  });
}

export function setImmediate<Value>(value?: Value): Promise<Value> {
  return new Promise((resolve) => {
    startImmediate(() => resolve(value as Value));
  });
}
