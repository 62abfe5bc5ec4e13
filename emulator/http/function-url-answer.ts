/** The result of a function as the answer of its URL, invoke mode BUFFERED. */
import type { HttpAnswer } from "./http-request.ts";
import { payloadTwoAnswer } from "./payload-two-answer.ts";
import { ownAnswer } from "./structured-answer.ts";

/**
 * Of an error, and of what is no answer, callers learn nothing but 502 (observed on AWS).
 *
 * @param payload what the function returned, or its error
 */
export function functionUrlAnswer(payload: Buffer, isFunctionError: boolean): HttpAnswer {
  const answer = isFunctionError ? undefined : payloadTwoAnswer(payload);
  return answer ?? ownAnswer(502, "text/plain", "Internal Server Error");
}
