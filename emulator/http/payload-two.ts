/** Payload format 2.0, which function URLs and HTTP APIs share. */
import { eventBody, isTextType } from "./event-body.ts";
import { headerOf } from "./event-headers.ts";
import type { HttpRequest } from "./http-request.ts";
import { joinedValues, queryPairs } from "./query-parameters.ts";
import { formatRequestTime, userAgentOf } from "./request-context.ts";

/** Source: AWS Lambda developer guide, "Invoking Lambda function URLs", "Request payload format". */
export interface PayloadTwoEvent {
  readonly version: "2.0";
  readonly routeKey: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Absent without a `Cookie` header. */
  readonly cookies?: string[];
  readonly headers: Record<string, string>;
  /** Absent without a query. */
  readonly queryStringParameters?: Record<string, string>;
  readonly requestContext: {
    readonly accountId: string;
    readonly apiId: string;
    readonly domainName: string;
    readonly domainPrefix: string;
    readonly http: {
      readonly method: string;
      readonly path: string;
      readonly protocol: string;
      readonly sourceIp: string;
      readonly userAgent: string;
    };
    readonly requestId: string;
    readonly routeKey: string;
    readonly stage: string;
    readonly time: string;
    readonly timeEpoch: number;
  };
  readonly pathParameters?: Record<string, string>;
  readonly stageVariables?: Record<string, string>;
  /** Absent if empty. */
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** Where the two front ends differ. */
export interface PayloadTwoParts {
  readonly accountId: string;
  readonly apiId: string;
  readonly routeKey: string;
  readonly stage: string;
  readonly requestId: string;
  readonly rawPath: string;
  /** For `requestContext.http.path`. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
  readonly stageVariables?: Readonly<Record<string, string>> | undefined;
}

/** Builds the event; members come in the order AWS sends them. Maps without members are left out. */
export function payloadTwoEvent(request: HttpRequest, parts: PayloadTwoParts): PayloadTwoEvent {
  const { routeKey, stage } = parts;
  const cookies = cookiesOf(request);
  const query = queryPairs(request.rawQueryString);
  const { body, isBase64Encoded } = eventBody(request.body, isTextType(headerOf(request, "content-type")));
  return {
    version: "2.0",
    routeKey,
    rawPath: parts.rawPath,
    rawQueryString: request.rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers: parts.headers,
    ...(query.length > 0 && { queryStringParameters: joinedValues(query) }),
    requestContext: {
      accountId: parts.accountId,
      apiId: parts.apiId,
      domainName: request.host,
      domainPrefix: parts.apiId,
      http: {
        method: request.method,
        path: parts.path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: userAgentOf(request),
      },
      requestId: parts.requestId,
      routeKey,
      stage,
      time: formatRequestTime(request.nowMs),
      timeEpoch: request.nowMs,
    },
    ...optionalMap("pathParameters", parts.pathParameters),
    ...optionalMap("stageVariables", parts.stageVariables),
    ...(body !== "" && { body }),
    isBase64Encoded,
  };
}

/** Each `name=value` of the `Cookie` headers. */
function cookiesOf(request: HttpRequest): string[] {
  return request.headers
    .filter(([name]) => name.toLowerCase() === "cookie")
    .flatMap(([, value]) => value.split(";"))
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== "");
}

function optionalMap<Name extends string>(
  name: Name,
  map: Readonly<Record<string, string>> | undefined,
): { [key in Name]?: Record<string, string> } {
  if (map === undefined || Object.keys(map).length === 0) return {};
  return { [name]: { ...map } } as { [key in Name]?: Record<string, string> };
}
