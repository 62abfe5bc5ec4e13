/** One request to the daemon: every failure leaves as a DockerError, an abort as the signal's reason. */
import { aborted } from "./abortable.ts";
import { requestFailed } from "./request-failed.ts";

/**
 * @param doing what it is about, for the message of a failure
 * @param accepted statuses that mean undefined instead of a failure
 */
export function ask<T>(doing: string, signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T>;
export function ask<T>(
  doing: string,
  signal: AbortSignal | undefined,
  send: () => Promise<T>,
  ...accepted: number[]
): Promise<T | undefined>;
export async function ask<T>(
  doing: string,
  signal: AbortSignal | undefined,
  send: () => Promise<T>,
  ...accepted: number[]
): Promise<T | undefined> {
  signal?.throwIfAborted();
  const answered = new AbortController();
  try {
    return await Promise.race([send(), aborted(signal, answered.signal)]);
  } catch (error) {
    signal?.throwIfAborted();
    if (accepted.includes((error as { statusCode?: number }).statusCode ?? 0)) {
      return undefined;
    }
    throw requestFailed(doing, error);
  } finally {
    answered.abort();
  }
}
