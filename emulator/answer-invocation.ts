/** What a runtime answers → what the caller gets, whichever kind of environment it is in. */
import type { Clock } from "./clock.ts";
import type { RuntimeApiRefusal } from "./errors.ts";
import { responseTooLargePayload } from "./function-error.ts";
import type { InvocationInProgress } from "./invocation.ts";
import { maxResponseBytes } from "./limits.ts";
import { refuseInvocationId, refuseResponseMode, refuseSize } from "./runtime-api-refusals.ts";
import { Pace } from "./streaming/pace.ts";
import { StreamedResponse, type ResponseSource, type StreamEnd } from "./streaming/streamed-response.ts";

/** What a response in one piece comes to. */
export interface JudgedResponse {
  readonly payload: Buffer;
  readonly isFunctionError: boolean;
  /** What the runtime is told where Lambda does not take it; it may go on with the next event. */
  readonly refusal?: RuntimeApiRefusal;
}

/** @param body undefined when it was too large to be read */
export function judgeResponse(body: Buffer | undefined, responseMode: string | undefined): JudgedResponse {
  if (responseMode !== undefined) {
    return { payload: Buffer.alloc(0), isFunctionError: true, refusal: refuseResponseMode() };
  }
  if (body === undefined || body.length > maxResponseBytes) {
    const payload = responseTooLargePayload(maxResponseBytes);
    return { payload, isFunctionError: true, refusal: refuseSize(maxResponseBytes) };
  }
  return { payload: body, isFunctionError: false };
}

/** The caller gets it. */
export function answer(
  current: InvocationInProgress,
  { payload, isFunctionError }: JudgedResponse,
  nowMs: number,
): void {
  current.answerTimes = { beganMs: nowMs, endedMs: nowMs };
  current.answer(payload, isFunctionError);
}

/** The caller gets it while it is made. Resolves when there is no more of it. */
export async function answerStreaming(
  current: InvocationInProgress,
  source: ResponseSource,
  { clock, isStreamPaced }: { readonly clock: Clock; readonly isStreamPaced: boolean },
): Promise<StreamEnd["kind"]> {
  const { requestId, maxStreamedBytes: maxBytes } = current.invocation;
  const pace = isStreamPaced ? new Pace(clock) : undefined;
  const response = new StreamedResponse(source, { maxBytes, requestId, pace });
  const beganMs = clock.monotonicMs();
  const times = { beganMs, endedMs: beganMs };
  current.answerTimes = times;
  current.answerStreaming(response);
  const { kind } = await response.ended;
  times.endedMs = clock.monotonicMs();
  return kind;
}

/** @throws RuntimeApiRefusal when the answer names another attempt than this one; a runtime may leave it out */
export function checkInvocationId({ invocation }: InvocationInProgress, invocationId: string | undefined): void {
  if ((invocationId ?? invocation.invocationId) !== invocation.invocationId) throw refuseInvocationId();
}
