/** The result of a function as the answer of an HTTP API of API Gateway, payload format 2.0. */
import type { HttpAnswer } from "./http-request.ts";
import { payloadTwoAnswer } from "./payload-two-answer.ts";
import { ownAnswer } from "./structured-answer.ts";

/**
 * As that of a function URL, but for 500 instead of 502. Source of its text: API Gateway developer guide, "Troubleshooting issues
 * with HTTP API Lambda integrations".
 *
 * @param payload what the function returned, or its error
 */
export function httpApiAnswer(payload: Buffer, isFunctionError: boolean): HttpAnswer {
  const answer = isFunctionError ? undefined : payloadTwoAnswer(payload);
  return answer ?? ownAnswer(500, "application/json", '{"message":"Internal Server Error"}');
}
