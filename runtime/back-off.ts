/** Asks for the next event again when the Runtime API fails, with growing pauses and an end. */
import { RuntimeApiError } from "./errors.ts";
import type { Invocation, RuntimeApiClient } from "./runtime-api-client.ts";

/** Waits before the second, third … attempt, and the way to wait. */
export interface BackOff {
  /** Milliseconds; their number bounds the attempts. @default 10, 20, 40 … 1280 (2.5 s in all) */
  readonly delaysMs?: readonly number[];
  /** @default a timer */
  readonly wait?: (delayMs: number) => Promise<void>;
}

const defaultDelaysMs: readonly number[] = [10, 20, 40, 80, 160, 320, 640, 1280];

/**
 * `client.nextInvocation()`, tried again after a failed connection or a 5xx answer.
 *
 * @param firstAttempt when one is already on the way
 * @throws RuntimeApiError the last failure when the attempts are used up; at once for an answer that will not change
 *   (4xx: the state machine of the Runtime API forbids the call)
 */
export async function nextWithBackOff(
  client: RuntimeApiClient,
  backOff: BackOff = {},
  firstAttempt?: Promise<Invocation>,
): Promise<Invocation> {
  const delaysMs = backOff.delaysMs ?? defaultDelaysMs;
  const wait = backOff.wait ?? waitWithTimer;
  for (let attempt = 0; ; attempt++) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- attempts follow one another by nature
      return await (attempt === 0 && firstAttempt !== undefined ? firstAttempt : client.nextInvocation());
    } catch (error) {
      const delayMs = delaysMs[attempt];
      if (delayMs === undefined || !isPassing(error)) throw error;
      // oxlint-disable-next-line no-await-in-loop
      await wait(delayMs);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof RuntimeApiError)) return false;
  return error.code === "RUNTIME_API_UNREACHABLE" || (error.status !== undefined && error.status >= 500);
}

function waitWithTimer(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}
