/** Refusals of the Runtime API: status, errorType and text as Lambda's own server writes them. */
import { RuntimeApiRefusal } from "./errors.ts";

/** The id in the path is not that of the current invocation. */
export function refuseRequestId(): RuntimeApiRefusal {
  return new RuntimeApiRefusal(400, "InvalidRequestID", "Invalid request ID");
}

/** The answer names another attempt than the current one. */
export function refuseInvocationId(): RuntimeApiRefusal {
  return new RuntimeApiRefusal(400, "InvalidInvocationId", "Invalid invocation ID");
}

/** The call does not fit the state of the runtime. */
export function refuseTransition(from: string, to: string): RuntimeApiRefusal {
  const message = `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`;
  return new RuntimeApiRefusal(403, "InvalidStateTransition", message);
}

/** The response is larger than Lambda transports. */
export function refuseSize(maxBytes: number): RuntimeApiRefusal {
  const message = `Exceeded maximum allowed payload size (${maxBytes} bytes).`;
  return new RuntimeApiRefusal(413, "RequestEntityTooLarge", message);
}

/** `Lambda-Runtime-Function-Response-Mode` knows one value, `streaming`, and that one is not this. */
export function refuseResponseMode(): RuntimeApiRefusal {
  return new RuntimeApiRefusal(400, "InvalidFunctionResponseMode", "Invalid function response mode");
}

/** The body of a streamed response ended early. */
export function refuseTruncated(): RuntimeApiRefusal {
  return new RuntimeApiRefusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated");
}

/** Managed Instances: the time of this invocation was up. Told once. */
export function refuseLateAnswer(): RuntimeApiRefusal {
  return new RuntimeApiRefusal(410, "InvokeTimeout", "Invoke timeout");
}

/** Managed Instances: too many requests for events wait already. */
export function refuseWorker(): RuntimeApiRefusal {
  return new RuntimeApiRefusal(500, "InternalServerError", "Internal Server Error");
}
