/** Builds of one process that want the same of a daemon at the same time: done once, or one after the other. */

type Signal = AbortSignal | undefined;

const begun = new Map<string, { readonly promise: Promise<unknown>; readonly signal: Signal }>();

/**
 * Does the work, or takes the result, or the failure, of whoever is doing it already. Where that one is called off, the
 * next does it.
 * @throws what `work` rejects with; the signal's reason when aborted.
 */
export async function doneOnce<Result>(
  key: string,
  signal: Signal,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly isOwn: boolean }> {
  for (;;) {
    const other = begun.get(key);
    if (other === undefined) {
      const promise = work().finally(() => begun.delete(key));
      begun.set(key, { promise, signal });
      return { result: await promise, isOwn: true };
    }
    try {
      return { result: (await unlessAborted(other.promise, signal)) as Result, isOwn: false };
    } catch (error) {
      signal?.throwIfAborted();
      if (other.signal?.aborted !== true) {
        throw error;
      }
    }
  }
}

const lastInTurn = new Map<string, Promise<unknown>>();

/**
 * Does the work once all that came before for this key has ended, well or not.
 * @throws what `work` rejects with; the signal's reason when aborted.
 */
export async function inTurn<Result>(key: string, signal: Signal, work: () => Promise<Result>): Promise<Result> {
  const before = lastInTurn.get(key) ?? Promise.resolve();
  const own = before.then(work);
  const settled = own.catch(() => undefined);
  lastInTurn.set(key, settled);
  void settled.then(() => lastInTurn.get(key) === settled && lastInTurn.delete(key));
  return unlessAborted(own, signal);
}

async function unlessAborted<Result>(promise: Promise<Result>, signal: Signal): Promise<Result> {
  if (signal === undefined) {
    return promise;
  }
  signal.throwIfAborted();
  const ended = new AbortController();
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => aborted.reject(signal.reason as Error), { signal: ended.signal });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    ended.abort();
  }
}
