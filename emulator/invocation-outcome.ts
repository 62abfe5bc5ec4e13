/** How an invocation came to its end, and the times on the way, as platform events tell them. */
import type { Clock } from "./clock.ts";
import type { InvocationInProgress } from "./invocation.ts";
import type { Outcome, Span } from "./telemetry/platform-records.ts";

/** @param failure of the platform; else what the runtime reported counts */
export function outcomeOf({ reportedErrorType }: InvocationInProgress, failure: Outcome | undefined): Outcome {
  if (failure !== undefined) return { status: failure.status, errorType: failure.errorType };
  return reportedErrorType === undefined ? { status: "success" } : { status: "error", errorType: reportedErrorType };
}

/** `responseLatency` and `responseDuration`, none without an answer; from the latter's end to `untilMs` `runtimeOverhead`. */
export function answerSpans({ begun, answerTimes }: InvocationInProgress, clock: Clock, untilMs?: number): Span[] {
  if (begun === undefined || answerTimes === undefined) return [];
  const unixMinusMonotonicMs = clock.now() - clock.monotonicMs();
  const span = (name: string, fromMs: number, toMs: number): Span => ({
    name,
    startMs: fromMs + unixMinusMonotonicMs,
    durationMs: toMs - fromMs,
  });
  const { beganMs, endedMs } = answerTimes;
  return [
    span("responseLatency", begun.startedMs, beganMs),
    span("responseDuration", beganMs, endedMs),
    ...(untilMs === undefined ? [] : [span("runtimeOverhead", endedMs, untilMs)]),
  ];
}
