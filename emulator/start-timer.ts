/** Timers of the machine, for those that are mostly stopped before their time, as every invocation's is. */

/** As it was at the beginning: in tests it may be another for a while, whose timers are theirs to count. */
const setRealTimeout = setTimeout;
/** Delays of which a timer that does nothing is under way. */
const kept = new Set<number>();

/** Calls back once after the delay; returns how to call it off. */
export function startTimer(delayMs: number, onElapsed: () => void): () => void {
  const timer = setTimeout(onElapsed, delayMs);
  return () => {
    if (!kept.has(delayMs) && setTimeout === setRealTimeout) keepList(delayMs);
    clearTimeout(timer);
  };
}

/**
 * Node.js has a list of timers for each delay, and drops it with the last one: made anew for every invocation it costs as
 * much as a system call. One that does nothing, nor holds the process, keeps it for as long as the delay.
 */
function keepList(delayMs: number): void {
  kept.add(delayMs);
  setRealTimeout(() => kept.delete(delayMs), delayMs).unref();
}
