/** A request as the front ends read it. */
import { randomUUID } from "node:crypto";
import { headerOf } from "../request-head.ts";
import type { DataPlaneCall } from "../data-plane.ts";
import type { FunctionConfiguration } from "../function-configuration.ts";
import { createTraceId } from "../trace-id.ts";
import type { HttpRequest } from "./http-request.ts";

export interface ReadHttpRequestOptions {
  /** In front of the path the function sees. */
  readonly pathPrefix: string;
  readonly configuration: FunctionConfiguration;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
}

/** Nothing is decoded. */
export function readHttpRequest(
  { request, body }: Pick<DataPlaneCall, "request" | "body">,
  { pathPrefix, configuration, nowMs }: ReadHttpRequestOptions,
): HttpRequest {
  const { method = "GET", url = "", httpVersion, rawHeaders, socket } = request;
  const [path = "", ...query] = url.split("?");
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at] ?? "", rawHeaders[at + 1] ?? ""]);
  }
  return {
    method,
    rawPath: path.slice(pathPrefix.length),
    rawQueryString: query.join("?"),
    headers: pairs,
    body,
    sourceIp: socket.remoteAddress ?? "",
    host: headerOf(request, "host") ?? "",
    protocol: `HTTP/${httpVersion}`,
    requestId: randomUUID(),
    traceId: createTraceId(headerOf(request, "x-amzn-trace-id"), nowMs),
    nowMs,
    accountId: configuration.arn.split(":")[4] ?? "",
    region: configuration.region,
  };
}
