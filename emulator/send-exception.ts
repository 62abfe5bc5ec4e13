/** Refusals of the Lambda service as HTTP answers. */
import { randomUUID } from "node:crypto";
import { EmulatorError, ServiceException } from "./errors.ts";
import { invokeHeaders as names } from "./lambda-protocol.ts";
import { maxRequestBytes } from "./limits.ts";
import type { Answering } from "./answering.ts";
import { sendBytes } from "./send-bytes.ts";
import { requestTooLarge } from "./service-refusals.ts";

/** Sends the exception, or that which comes nearest to an error of another kind. */
export function sendException(response: Answering, error: unknown): void {
  const { statusCode, errorType, headers, body } = toException(error as Error);
  const sent = [names.errorType, errorType, names.requestId, randomUUID(), "content-type", "application/json"];
  sendBytes(response, statusCode, [...Object.entries(headers).flat(), ...sent], Buffer.from(JSON.stringify(body)));
}

/** Fastify's own refusals, and what nobody has foreseen, in the shape of the service's. */
function toException(error: Error & { readonly code?: string; readonly statusCode?: number }): ServiceException {
  if (error instanceof ServiceException) return error;
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") return requestTooLarge(maxRequestBytes);
  if (error instanceof EmulatorError && error.code === "CLOSED") {
    return new ServiceException(503, "ServiceException", { Type: "Service", Message: error.message });
  }
  const { message: Message, statusCode = 500 } = error;
  if (statusCode >= 500) return new ServiceException(500, "ServiceException", { Type: "Service", Message });
  return new ServiceException(statusCode, "InvalidRequestContentException", { Type: "User", message: Message });
}
