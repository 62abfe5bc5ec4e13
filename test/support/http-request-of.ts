/** A request with what a test names, and the rest as curl would send it. */
import type { HttpRequest } from "../../emulator/http/http-request.ts";

export function httpRequestOf(given: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "GET",
    rawPath: "/",
    rawQueryString: "",
    headers: [
      ["Host", "localhost:9000"],
      ["User-Agent", "curl/8.7.1"],
      ["Accept", "*/*"],
    ],
    body: Buffer.alloc(0),
    sourceIp: "127.0.0.1",
    host: "localhost:9000",
    protocol: "HTTP/1.1",
    requestId: "d16a6b55-dea9-4b23-8499-eb85c3d2d904",
    traceId: "Root=1-6a5145aa-290a323a5de9a2e0636377d4;Parent=0123456789abcdef;Sampled=0",
    nowMs: 1_783_711_146_671,
    accountId: "123456789012",
    region: "us-west-2",
    ...given,
  };
}
