/** A request to a REST API of API Gateway as the event of its function, payload format 1.0. */
import { createHash } from "node:crypto";
import { isBinaryType } from "./binary-media-types.ts";
import { eventBody } from "./event-body.ts";
import { eventHeaders, headerOf, tlsForwarding, unifyNames, withoutConnection } from "./event-headers.ts";
import type { HttpRequest } from "./http-request.ts";
import { lastValues, listedValues, queryPairs } from "./query-parameters.ts";
import { formatRequestTime, gatewayRequestId, userAgentOf } from "./request-context.ts";

/** What an API and its resource configure. */
export interface RestApiOptions {
  readonly apiId: string;
  readonly stage: string;
  /** Path of the resource, such as `/pets/{id}`. */
  readonly resource: string;
  /** As sent. */
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
  readonly stageVariables?: Readonly<Record<string, string>> | undefined;
  /** Bodies of these types arrive in Base64. @default [] */
  readonly binaryMediaTypes?: readonly string[] | undefined;
}

/** Source: API Gateway developer guide, "Lambda proxy integrations in API Gateway", "Input format". */
export interface RestApiEvent {
  readonly resource: string;
  /** As sent, without the stage. */
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Record<string, string>;
  readonly multiValueHeaders: Record<string, string[]>;
  readonly queryStringParameters: Record<string, string> | null;
  readonly multiValueQueryStringParameters: Record<string, string[]> | null;
  readonly pathParameters: Record<string, string> | null;
  readonly stageVariables: Record<string, string> | null;
  readonly requestContext: RestApiRequestContext;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
}

/** The same source, `requestContext`. */
export interface RestApiRequestContext {
  readonly resourceId: string;
  /** Absent from the JSON, since nothing authorizes. */
  readonly authorizer: undefined;
  readonly resourcePath: string;
  readonly httpMethod: string;
  readonly extendedRequestId: string;
  readonly requestTime: string;
  /** With the stage. */
  readonly path: string;
  readonly accountId: string;
  readonly protocol: string;
  readonly stage: string;
  readonly domainPrefix: string;
  readonly requestTimeEpoch: number;
  readonly requestId: string;
  readonly identity: typeof noIdentity & { readonly sourceIp: string; readonly userAgent: string | null };
  readonly domainName: string;
  readonly apiId: string;
}

const noIdentity = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
} as const;

/**
 * Beyond the guide, as recorded on AWS: paths keep their encoding and queries lose it, single-value maps hold the last
 * value, headers keep the case the caller used, `content-length` is not among them, and empty maps are null.
 */
export function restApiEvent(request: HttpRequest, options: RestApiOptions): RestApiEvent {
  const isText = !isBinaryType(headerOf(request, "content-type"), options.binaryMediaTypes ?? []);
  const { body, isBase64Encoded } = eventBody(request.body, isText);
  const query = queryPairs(request.rawQueryString);
  const headers = unifyNames(
    withoutConnection(eventHeaders(request, tlsForwarding)).filter(([name]) => name.toLowerCase() !== "content-length"),
  );
  const path = request.rawPath || "/";
  return {
    resource: options.resource,
    path,
    httpMethod: request.method,
    headers: lastValues(headers),
    multiValueHeaders: listedValues(headers),
    queryStringParameters: nullIfEmpty(lastValues(query)),
    multiValueQueryStringParameters: nullIfEmpty(listedValues(query)),
    pathParameters: nullIfEmpty({ ...options.pathParameters }),
    stageVariables: nullIfEmpty({ ...options.stageVariables }),
    requestContext: requestContext(request, options, path),
    body: body === "" ? null : body,
    isBase64Encoded,
  };
}

function requestContext(request: HttpRequest, options: RestApiOptions, path: string): RestApiRequestContext {
  const { apiId, resource, stage } = options;
  return {
    resourceId: createHash("sha256").update(resource).digest("hex").slice(0, 6),
    authorizer: undefined,
    resourcePath: resource,
    httpMethod: request.method,
    extendedRequestId: gatewayRequestId(request.requestId),
    requestTime: formatRequestTime(request.nowMs),
    path: `/${stage}${path}`,
    accountId: request.accountId,
    protocol: request.protocol,
    stage,
    domainPrefix: apiId,
    requestTimeEpoch: request.nowMs,
    requestId: request.requestId,
    identity: { ...noIdentity, sourceIp: request.sourceIp, userAgent: userAgentOf(request) || null },
    domainName: request.host,
    apiId,
  };
}

function nullIfEmpty<Value>(map: Record<string, Value>): Record<string, Value> | null {
  return Object.keys(map).length === 0 ? null : map;
}
