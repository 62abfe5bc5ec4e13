/** A request of Fastify as the front ends read it. */
import { randomUUID } from "node:crypto";
import type { FastifyRequest } from "fastify";
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

/** Nothing is decoded; the body has been read. */
export function readHttpRequest(
  { raw, body, ip, headers }: FastifyRequest,
  { pathPrefix, configuration, nowMs }: ReadHttpRequestOptions,
): HttpRequest {
  const [path = "", ...query] = (raw.url ?? "").split("?");
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < raw.rawHeaders.length; at += 2) {
    pairs.push([raw.rawHeaders[at] ?? "", raw.rawHeaders[at + 1] ?? ""]);
  }
  const traceId = headers["x-amzn-trace-id"];
  return {
    method: raw.method ?? "GET",
    rawPath: path.slice(pathPrefix.length),
    rawQueryString: query.join("?"),
    headers: pairs,
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    sourceIp: ip,
    host: headers.host ?? "",
    protocol: `HTTP/${raw.httpVersion}`,
    requestId: randomUUID(),
    traceId: createTraceId(Array.isArray(traceId) ? traceId[0] : traceId, nowMs),
    nowMs,
    accountId: configuration.arn.split(":")[4] ?? "",
    region: configuration.region,
  };
}
