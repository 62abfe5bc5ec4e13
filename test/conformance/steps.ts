/** Words for the scripts of the cases. */
import type { BootstrapStep, CallerRequest, ExpectedAnswer, RuntimeRequest } from "./behaviour.ts";

type Step<Kind extends BootstrapStep["do"]> = Extract<BootstrapStep, { readonly do: Kind }>;
type More = Partial<Omit<RuntimeRequest, "method" | "path" | "body">> & { readonly onlyIf?: string };

const json = { "content-type": "application/json" };

/** Any event. */
export const anEvent: ExpectedAnswer = { status: 200 };
/** Every 202. */
export const accepted: ExpectedAnswer = { status: 202, headers: json, body: '{"status":"OK"}\n' };

/** Every 4xx and 5xx of the Runtime API. */
export function refusal(status: number, errorType: string, errorMessage: string): ExpectedAnswer {
  return { status, headers: json, body: `${JSON.stringify({ errorMessage, errorType })}\n` };
}

/** 403. */
export function badTransition(from: string, to: string): ExpectedAnswer {
  const text = `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`;
  return refusal(403, "InvalidStateTransition", text);
}

/** 400. */
export const badRequestId: ExpectedAnswer = refusal(400, "InvalidRequestID", "Invalid request ID");

/** Not looked at without an expectation. */
function exchange(sent: RuntimeRequest, expect: ExpectedAnswer | undefined): Step<"exchange"> {
  return { do: "exchange", ...sent, ...(expect === undefined ? {} : { expect }) };
}

/** `GET /runtime/invocation/next`. */
export function next(expect?: ExpectedAnswer, more: More = {}): Step<"exchange"> {
  return exchange({ method: "GET", path: "/runtime/invocation/next", ...more }, expect);
}

/** `POST …/response` for the last event. */
export function response(body: string, expect?: ExpectedAnswer, more: More = {}): Step<"exchange"> {
  return exchange({ method: "POST", path: "/runtime/invocation/{requestId}/response", body, ...more }, expect);
}

/** `POST …/error` for the last event. */
export function error(body: string, expect?: ExpectedAnswer, more: More = {}): Step<"exchange"> {
  return exchange({ method: "POST", path: "/runtime/invocation/{requestId}/error", body, ...more }, expect);
}

/** `POST /runtime/init/error`. */
export function initError(body: string, expect?: ExpectedAnswer, more: More = {}): Step<"exchange"> {
  return exchange({ method: "POST", path: "/runtime/init/error", body, ...more }, expect);
}

/** Any other request, `{requestId}` included. */
export function request(
  method: RuntimeRequest["method"],
  path: string,
  expect: ExpectedAnswer,
  body = "",
): Step<"exchange"> {
  return exchange({ method, path, body }, expect);
}

/** A synchronous invocation that succeeds with this body. */
export function answered(body: string, more: Partial<CallerRequest> = {}): CallerRequest {
  return { ...more, expect: { status: 200, headers: { "x-amz-function-error": undefined }, body } };
}

/** A synchronous invocation of a function that fails. */
export function failed(body: string, more: Partial<CallerRequest> = {}): CallerRequest {
  const headers = { ...json, "x-amz-function-error": "Unhandled", "x-amz-executed-version": "$LATEST" };
  return { ...more, expect: { status: 200, headers, body } };
}

/** The payload with which the platform itself answers. */
export function platformFailure(errorType: string, message: string): string {
  return JSON.stringify({ errorType, errorMessage: `RequestId: {requestId} Error: ${message}` });
}

/** A refusal of the service: code and body. */
export function refused(status: number, code: string, body: object, more: Partial<CallerRequest> = {}): CallerRequest {
  const headers = { ...json, "x-amzn-errortype": code, "x-amzn-requestid": "{uuid}" };
  return { ...more, expect: { status, headers, body: JSON.stringify(body) } };
}

/** The path of a function's route, `{functionName}` included. */
export const invocationsPath = "/2015-03-31/functions/{functionName}/invocations";
