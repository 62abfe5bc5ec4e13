/** Routes of an API Gateway HTTP API or REST API, or of a load balancer, to functions. */
import type { DataPlaneRoute } from "../data-plane.ts";
import { EmulatorError } from "../errors.ts";
import type { FunctionConfiguration } from "../function-configuration.ts";
import type { LambdaService } from "../lambda-service.ts";
import type { Answering } from "../answering.ts";
import { sendBytes } from "../send-bytes.ts";
import { checkApiOptions } from "./check-api-options.ts";
import { withoutCorsHeaders, type Cors } from "./cors.ts";
import { headerOf } from "./event-headers.ts";
import { frontEndMethods, serveFrontEnd, type FrontEnd, type StreamingRules } from "./front-end.ts";
import { restHeaderRules } from "./header-rules.ts";
import { httpApiAnswer } from "./http-api-answer.ts";
import { httpApiEvent } from "./http-api-event.ts";
import { loadBalancerAnswer, maxLoadBalancerBytes } from "./load-balancer-answer.ts";
import { loadBalancerEvent } from "./load-balancer-event.ts";
import { matchRoute, parseRoutes, type Route, type RouteMatch } from "./match-route.ts";
import { readHttpRequest } from "./read-http-request.ts";
import { restApiAnswer } from "./rest-api-answer.ts";
import { restApiEvent } from "./rest-api-event.ts";
import { ownAnswer } from "./structured-answer.ts";

/** What stands in front of the functions. */
export interface ApiOptions {
  /** Whose events and answers: API Gateway's payload 2.0, its payload 1.0, or those of an Application Load Balancer. */
  readonly type: ApiType;
  /** Function names by route: `GET /pets/{id}`, `ANY /{proxy+}` or `$default`. */
  readonly routes: Readonly<Record<string, string>>;
  /** In events and in front of their paths; callers leave it out. @default "$default", of a REST API "dev" */
  readonly stage?: string;
  readonly stageVariables?: Readonly<Record<string, string>>;
  /** Of a REST API: bodies of these types are Base64 in events, and answers to those who accept them are decoded. */
  readonly binaryMediaTypes?: readonly string[];
  /** Of a REST API: `STREAM` answers while the function writes, for all of its routes. @default "BUFFERED" */
  readonly responseTransferMode?: "BUFFERED" | "STREAM";
  /** Of a load balancer: `lambda.multi_value_headers.enabled`. @default false */
  readonly multiValueHeaders?: boolean;
  /** Of an HTTP API. */
  readonly cors?: Cors;
}

/** Kinds of front ends with routes. */
export type ApiType = "http-api" | "rest-api" | "load-balancer";

/** Ten characters, as API Gateway has them. */
const apiId = "emulated00";

/** Source: API Gateway developer guide, "Set up a Lambda proxy integration with payload response streaming". */
const restStreaming: StreamingRules = {
  needsPrelude: true,
  headers: restHeaderRules,
  failed: ownAnswer(500, "application/json", '{"message": "Internal server error"}'),
};

/** Checked. */
export interface Api {
  readonly options: ApiOptions;
  readonly routes: readonly Route[];
}

/** @throws EmulatorError `BAD_OPTIONS` */
export function readApi(options: ApiOptions, functionNames: readonly string[]): Api {
  checkApiOptions(options);
  for (const [route, name] of Object.entries(options.routes)) {
    if (functionNames.includes(name)) continue;
    throw new EmulatorError("BAD_OPTIONS", `The route "${route}" leads to ${name}, which is not emulated here`);
  }
  return { options, routes: parseRoutes(Object.keys(options.routes)) };
}

/** Lambda's own paths begin with the date of their API, the emulator's with its name. */
const ownPaths = /^\/(?:\d{4}-\d\d-\d\d|runtime-aws-lambda)\//;

/** Takes every path that is neither Lambda's own nor the emulator's. */
export function apiRoute(service: LambdaService, { routes, options }: Api, now: () => number): DataPlaneRoute {
  const isStreamed = options.responseTransferMode === "STREAM";
  return ({ method = "GET", url = "/" }, stream) => {
    if (!frontEndMethods.has(method) || ownPaths.test(url)) return undefined;
    const streamed = isStreamed ? stream : undefined;
    if (isStreamed && streamed === undefined) return "needs-stream";
    return async (call) => {
      const { response } = call;
      const match = matchRoute(routes, method, url.split("?", 1)[0] ?? "/");
      const functionName = match === undefined ? undefined : options.routes[match.routeKey];
      if (match === undefined || functionName === undefined) return sendNotFound(response, options.type);
      const { configuration } = service.findFunction({ name: functionName, qualifier: undefined }).entry;
      const request = readHttpRequest(call, { pathPrefix: "", configuration, nowMs: now() });
      if (options.type === "load-balancer" && request.body.length > maxLoadBalancerBytes) {
        return sendPage(response, 413, "Request Entity Too Large");
      }
      const streaming = streamed && { ...restStreaming, response: streamed };
      const frontEnd = { ...frontEndOf(options, match, configuration), streaming };
      await serveFrontEnd(service, functionName, frontEnd, { request, response });
    };
  };
}

function frontEndOf(options: ApiOptions, match: RouteMatch, { arn }: FunctionConfiguration): FrontEnd {
  const { type, stage, stageVariables, binaryMediaTypes, multiValueHeaders, cors } = options;
  const { routeKey, pathParameters, resource } = match;
  switch (type) {
    case "http-api":
      return {
        toEvent: (request) => httpApiEvent(request, { apiId, stage, routeKey, pathParameters, stageVariables }),
        toAnswer(payload, isFunctionError) {
          const answer = httpApiAnswer(payload, isFunctionError);
          return cors === undefined ? answer : { ...answer, headers: withoutCorsHeaders(answer.headers) };
        },
        cors,
        preflightStatusCode: 204,
      };
    case "rest-api":
      return {
        toEvent: (request) =>
          restApiEvent(request, {
            apiId,
            stage: stage ?? "dev",
            resource,
            pathParameters,
            stageVariables,
            binaryMediaTypes,
          }),
        toAnswer: (payload, isFunctionError, request) =>
          restApiAnswer(payload, isFunctionError, { binaryMediaTypes, accept: headerOf(request, "accept") }),
      };
    case "load-balancer": {
      const targetGroupArn = arn.replace(
        /:lambda:(.*):function:(.*)$/,
        ":elasticloadbalancing:$1:targetgroup/$2/0000000000000000",
      );
      return {
        toEvent: (request) => loadBalancerEvent(request, { targetGroupArn, multiValueHeaders }),
        toAnswer: (payload, isFunctionError) => loadBalancerAnswer(payload, isFunctionError, { multiValueHeaders }),
      };
    }
  }
}

/** As each of them answers what no route takes. */
function sendNotFound(response: Answering, type: ApiType): void {
  if (type === "load-balancer") return sendPage(response, 503, "Service Temporarily Unavailable");
  const [status, message] = type === "http-api" ? [404, "Not Found"] : [403, "Missing Authentication Token"];
  sendBytes(response, status, ["content-type", "application/json"], Buffer.from(JSON.stringify({ message })));
}

/** A load balancer answers with pages. */
function sendPage(response: Answering, statusCode: number, text: string): void {
  const title = `${statusCode} ${text}`;
  const page =
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n` +
    `<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  sendBytes(response, statusCode, ["content-type", "text/html"], Buffer.from(page));
}
