/** A request to an HTTP API of API Gateway as the event of its function, payload format 2.0. */
import { eventHeaders, joinedHeaders, tlsForwarding, withoutConnection } from "./event-headers.ts";
import type { HttpRequest } from "./http-request.ts";
import { payloadTwoEvent, type PayloadTwoEvent } from "./payload-two.ts";
import { percentDecode } from "./percent-decoding.ts";
import { gatewayRequestId } from "./request-context.ts";

/** What an API and its route configure. */
export interface HttpApiOptions {
  readonly apiId: string;
  /** @default "$default" */
  readonly stage?: string | undefined;
  /** Of the route taken, such as `GET /pets/{id}`. */
  readonly routeKey: string;
  /** Of the route taken, as sent. */
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
  readonly stageVariables?: Readonly<Record<string, string>> | undefined;
}

/**
 * Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs", and events recorded on AWS:
 * other than with a function URL, paths are decoded and begin with the stage unless it is `$default`, cookies are taken
 * out of the headers, the request id is API Gateway's.
 */
export function httpApiEvent(request: HttpRequest, options: HttpApiOptions): PayloadTwoEvent {
  const { stage = "$default", routeKey, apiId } = options;
  const rawPath = `${stage === "$default" ? "" : `/${stage}`}${decodePath(request.rawPath || "/")}`;
  const { cookie: _movedToCookies, ...headers } = joinedHeaders(
    withoutConnection(eventHeaders(request, tlsForwarding)),
  );
  return payloadTwoEvent(request, {
    accountId: request.accountId,
    apiId,
    routeKey,
    stage,
    requestId: gatewayRequestId(request.requestId),
    rawPath,
    path: rawPath,
    headers,
    pathParameters: decodeValues(options.pathParameters ?? {}),
    stageVariables: options.stageVariables,
  });
}

/** Recorded on AWS: `%252F` arrives as `/`, so it is decoded twice, and what then follows a `?` is lost. */
function decodePath(path: string): string {
  return percentDecode(percentDecode(path)).split("?", 1)[0] ?? "";
}

function decodeValues(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, decodePath(value)]));
}
