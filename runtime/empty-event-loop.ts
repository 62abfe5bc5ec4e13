/** What happens when nothing is left to do although an invocation is under way. */

type Callback = () => void;

const waiting = new Set<Callback>();

/**
 * Calls back once when the event loop is empty: when no timer, socket or other work is left. Returns how to call it
 * off.
 */
export function onceEventLoopIsEmpty(callback: Callback): () => void {
  waiting.add(callback);
  return () => waiting.delete(callback);
}

/** For `beforeExit`: calls those who wait; false when nobody did. */
export function eventLoopIsEmpty(): boolean {
  const callbacks = [...waiting];
  waiting.clear();
  for (const each of callbacks) each();
  return callbacks.length > 0;
}
