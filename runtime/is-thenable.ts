/** Whether a handler has returned a promise, of whatever library. */

/** True for anything with a `then` to call. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
