/** A request to an Application Load Balancer as the event of its target function. */
import { eventBody, isTextType } from "./event-body.ts";
import { eventHeaders, headerOf, lowerCaseNames, type Forwarding } from "./event-headers.ts";
import type { HttpRequest } from "./http-request.ts";
import { lastValues, listedValues, rawQueryPairs } from "./query-parameters.ts";

/** What a target group and its listener configure. */
export interface LoadBalancerOptions {
  readonly targetGroupArn: string;
  /** Attribute `lambda.multi_value_headers.enabled`. @default false */
  readonly multiValueHeaders?: boolean | undefined;
  /** @default HTTP on port 80 */
  readonly listener?: Forwarding | undefined;
}

/** Source: Elastic Load Balancing user guide for Application Load Balancers, "Lambda functions as targets". */
export interface LoadBalancerEvent {
  readonly requestContext: { readonly elb: { readonly targetGroupArn: string } };
  readonly httpMethod: string;
  readonly path: string;
  readonly queryStringParameters?: Record<string, string>;
  readonly multiValueQueryStringParameters?: Record<string, string[]>;
  readonly headers?: Record<string, string>;
  readonly multiValueHeaders?: Record<string, string[]>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/**
 * Nothing is decoded, names of headers are in lower case, single-value maps hold the last value (the same source);
 * headers of the connection are among them (recorded on AWS). A body is in Base64 if it has a content encoding, or else if its type is none of text.
 */
export function loadBalancerEvent(request: HttpRequest, options: LoadBalancerOptions): LoadBalancerEvent {
  const headers = lowerCaseNames(eventHeaders(request, options.listener ?? { protocol: "http", port: 80 }));
  const query = rawQueryPairs(request.rawQueryString);
  const isText = headerOf(request, "content-encoding") === undefined && isTextType(headerOf(request, "content-type"));
  return {
    requestContext: { elb: { targetGroupArn: options.targetGroupArn } },
    httpMethod: request.method,
    path: request.rawPath || "/",
    ...(options.multiValueHeaders === true
      ? { multiValueQueryStringParameters: listedValues(query), multiValueHeaders: listedValues(headers) }
      : { queryStringParameters: lastValues(query), headers: lastValues(headers) }),
    ...eventBody(request.body, isText),
  };
}
