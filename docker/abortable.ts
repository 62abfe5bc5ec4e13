/** What makes requests to a daemon end at an abort. */
import type { Readable } from "node:stream";
import { requestFailed } from "./request-failed.ts";

type Signal = AbortSignal | undefined;

/** The signal under the name that docker-modem gives it. */
export function withSignal(abortSignal: Signal): { abortSignal?: AbortSignal } {
  return abortSignal === undefined ? {} : { abortSignal };
}

/** Rejects at an abort. Over ssh, docker-modem's request would hang on: its abort waits for a connection first. */
export function aborted(signal: Signal, until: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true, signal: until });
  return promise;
}

/** A stream whose failures are DockerErrors. */
export async function* watched(
  stream: Readable,
  doing: string,
  signal: Signal,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    signal?.throwIfAborted();
    throw requestFailed(doing, error);
  }
}
