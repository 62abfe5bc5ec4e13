/** The Runtime API proper. Only translates. Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes". */
import type { Socket } from "node:net";
import { headerOf } from "../request-head.ts";
import type { ReportedError } from "../environment.ts";
import { causeIn, errorWithCauseType, withoutCause } from "../error-with-cause.ts";
import type { DeliveredEvent } from "../invocation.ts";
import { runtimeApiHeaders as names } from "../lambda-protocol.ts";
import { sendBytes } from "../send-bytes.ts";
import { responseModeOf, responseSourceOf } from "../streaming/response-source.ts";
import { readXrayCause } from "../xray/read-xray-cause.ts";
import {
  json,
  sendAccepted,
  sendMethodNotAllowed,
  sendNotFound,
  sendText,
  withBody,
  withBodyOrNone,
  type InvocationCall,
  type RuntimeApiCall,
  type RuntimeApiRoute,
  type RuntimeApiRoutes,
} from "./runtime-api-call.ts";

const prefix = "/2018-06-01/runtime";
const invocationIdName = names.invocationId.toLowerCase();
const errorTypeName = names.errorType.toLowerCase();
const xrayCauseName = names.xrayErrorCause.toLowerCase();
const nothing = Buffer.alloc(0);

/** What to do when a connection is gone: only its last event can be lost with it. */
const onGone = new WeakMap<Socket, () => void>();

/** `GET …/next`. @throws RuntimeApiRefusal */
export function next({ environment, request: { socket }, response }: InvocationCall): void {
  let isDelivered = false;
  const stopWaiting = environment.session.next({
    onEvent(event) {
      isDelivered = true;
      sendBytes(response, 200, eventHeaders(event), event.invocation.payload);
    },
    onLost(callback) {
      if (socket.destroyed) return callback();
      if (!onGone.has(socket)) socket.once("close", () => onGone.get(socket)?.());
      onGone.set(socket, callback);
    },
  });
  // A runtime that hangs up while it waits must not be given an event.
  if (!isDelivered) response.once("close", stopWaiting);
}

/**
 * `POST …/response` in one piece. @throws RuntimeApiRefusal
 *
 * @param body undefined where it was too large to be read: its caller has to hear of it now, not when the function's time is up
 */
export function takeResponse(call: InvocationCall, body: Buffer | undefined): void {
  const { environment, requestId, request } = call;
  environment.session.respond(requestId, body, responseModeOf(request), headerOf(request, invocationIdName));
  sendAccepted(call);
}

/** Whether it is passed on while it arrives. */
export function isStreamed({ environment, request, requestId }: InvocationCall): boolean {
  const mode = responseModeOf(request);
  return mode === "streaming" || (mode === undefined && environment.session.isStreamingInvoke(requestId));
}

const readResponse = withBodyOrNone(takeResponse);

/**
 * Passed on while it arrives also where the runtime does not say that it streams, as aws-lambda-go does not, if the caller
 * takes it so. Source: `directinvoke.go` of aws-lambda-runtime-interface-emulator.
 */
const response: RuntimeApiRoute = async (call) => {
  if (!isStreamed(call)) return readResponse(call);
  const { environment, requestId, request } = call;
  await environment.session.respondStreaming(
    requestId,
    responseSourceOf(request),
    headerOf(call.request, invocationIdName),
  );
  sendAccepted(call);
};

const error = withBody((call, sent) => {
  const { body, ...reported } = reportedError(call, sent);
  const hasCause = call.request.headers["content-type"] === errorWithCauseType;
  const described = hasCause
    ? { ...reported, body: withoutCause(body), xrayCause: readXrayCause(causeIn(body)) }
    : { ...reported, body };
  call.environment.session.reportError(call.requestId, described, headerOf(call.request, invocationIdName));
  sendAccepted(call);
});

const initError = withBody((call, body) => {
  call.environment.session.reportInitError(reportedError(call, body));
  sendAccepted(call);
});

const restoreNext: RuntimeApiRoute = (call) => {
  const { environment, response: answer } = call;
  if (environment.snapshot === undefined) return sendNotFound(call);
  answer.once(
    "close",
    environment.snapshot.restoreNext(() => sendBytes(answer, 200, [], nothing)),
  );
};

const restoreError = withBody((call, body) => {
  const { snapshot } = call.environment;
  if (snapshot === undefined) return sendNotFound(call);
  snapshot.reportRestoreError(reportedError(call, body));
  sendAccepted(call);
});

/** `{requestId}` stands for the id of an invocation. */
export const runtimeRoutes: RuntimeApiRoutes = {
  [`${prefix}/invocation/next`]: { GET: next, other: sendMethodNotAllowed },
  [`${prefix}/invocation/{requestId}/response`]: { POST: response, other: sendMethodNotAllowed },
  [`${prefix}/invocation/{requestId}/error`]: { POST: error, other: sendMethodNotAllowed },
  [`${prefix}/init/error`]: { POST: initError, other: sendMethodNotAllowed },
  [`${prefix}/restore/next`]: { GET: restoreNext },
  [`${prefix}/restore/error`]: { POST: restoreError },
  "/2018-06-01/ping": {
    GET: (call) => sendText(call, 200, "pong"),
    other: sendMethodNotAllowed,
  },
};

function eventHeaders({ invocation, deadlineMs }: DeliveredEvent): string[] {
  const headers: string[] = [...json, names.requestId, invocation.requestId];
  headers.push(names.invocationId, invocation.invocationId, names.deadlineMs, String(deadlineMs));
  headers.push(names.invokedFunctionArn, invocation.invokedFunctionArn, names.traceId, invocation.traceId);
  if (invocation.clientContext !== undefined) headers.push(names.clientContext, invocation.clientContext);
  if (invocation.tenantId !== undefined) headers.push(names.tenantId, invocation.tenantId);
  return headers;
}

function reportedError(call: RuntimeApiCall, body: Buffer): ReportedError {
  const xrayCause = readXrayCause(headerOf(call.request, xrayCauseName));
  return { body, errorType: normaliseErrorType(headerOf(call.request, errorTypeName)), xrayCause };
}

/** As Lambda's server does: a recognised type is kept, another `Function.` one is unknown, so is everything else. */
function normaliseErrorType(header: string | undefined): string {
  const known = /(?:Runtime|Function)\.[A-Z][a-zA-Z]+/.exec(header ?? "")?.[0];
  if (known !== undefined) return header ?? known;
  return header?.startsWith("Function.") === true ? "Function.Unknown" : "Runtime.Unknown";
}
