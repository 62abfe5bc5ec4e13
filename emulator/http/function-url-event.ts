/** A request to a function URL as the event of its function. */
import { eventHeaders, joinedHeaders, tlsForwarding, withoutConnection } from "./event-headers.ts";
import type { HttpRequest } from "./http-request.ts";
import { payloadTwoEvent, type PayloadTwoEvent } from "./payload-two.ts";
import { percentDecode } from "./percent-decoding.ts";

/** What a function URL is known by. */
export interface FunctionUrlOptions {
  /** First label of the domain, `<urlId>.lambda-url.<region>.on.aws`. */
  readonly urlId: string;
}

/** As every TLS 1.3 connection to a function URL has been seen to be described. */
const tlsHeaders: Readonly<Record<string, string>> = {
  "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
  "x-amzn-tls-version": "TLSv1.3",
};

/**
 * Payload 2.0 for a URL without authentication. Source: AWS Lambda developer guide, "Invoking Lambda function URLs", and
 * an event recorded in July 2026, which adds: `rawPath` keeps the percent-encoding and `http.path` does not, cookies
 * stand in `cookies` and in `headers`, `accountId` is `anonymous`.
 *
 * `domainName` is the host that the caller used, so that addresses made of it lead back here.
 */
export function functionUrlEvent(request: HttpRequest, options: FunctionUrlOptions): PayloadTwoEvent {
  const rawPath = request.rawPath === "" ? "/" : request.rawPath;
  return payloadTwoEvent(request, {
    accountId: "anonymous",
    apiId: options.urlId,
    routeKey: "$default",
    stage: "$default",
    requestId: request.requestId,
    rawPath,
    path: percentDecode(rawPath),
    headers: { ...joinedHeaders(withoutConnection(eventHeaders(request, tlsForwarding))), ...tlsHeaders },
  });
}
