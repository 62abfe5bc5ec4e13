/** The headers that a front end hands to a function: what the caller sent, and its own. */
import type { HttpRequest } from "./http-request.ts";
import { groupValues, type Pairs } from "./query-parameters.ts";

/** Of the connection between caller and front end (RFC 9110, section 7.6.1). */
const connectionHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** How the caller reached the front end, as `x-forwarded-proto` and `x-forwarded-port` tell it. */
export interface Forwarding {
  readonly protocol: "http" | "https";
  readonly port: number;
}

/** Function URLs and API Gateway are reached by TLS only (their developer guides), so functions find nothing else. */
export const tlsForwarding: Forwarding = { protocol: "https", port: 443 };

/** First value of a header, whatever the case of its name. */
export function headerOf(request: HttpRequest, name: string): string | undefined {
  return request.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** Without those of the connection, which function URLs and API Gateway keep for themselves (recorded on AWS). */
export function withoutConnection(headers: Pairs): Pairs {
  return headers.filter(([name]) => !connectionHeaders.has(name.toLowerCase()));
}

/**
 * The caller's headers with the spelling they came in, then the front end's: `host`, `x-amzn-trace-id` unless sent,
 * `x-forwarded-for` (appended to the caller's own), `-port` and `-proto` (instead of the caller's own).
 */
export function eventHeaders(request: HttpRequest, forwarding: Forwarding): Pairs {
  const replaced = new Set(["host", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"]);
  const kept = request.headers.filter(([name]) => !replaced.has(name.toLowerCase()));
  const passed = request.headers.filter(([name]) => name.toLowerCase() === "x-forwarded-for").map(([, value]) => value);
  const traced = headerOf(request, "x-amzn-trace-id");
  return [
    ...kept,
    ["Host", request.host],
    ...(traced === undefined ? [["X-Amzn-Trace-Id", rootOf(request.traceId)] as const] : []),
    ["X-Forwarded-For", [...passed, request.sourceIp].join(", ")],
    ["X-Forwarded-Port", String(forwarding.port)],
    ["X-Forwarded-Proto", forwarding.protocol],
  ];
}

/** Names in lower case. */
export function lowerCaseNames(headers: Pairs): Pairs {
  return headers.map(([name, value]) => [name.toLowerCase(), value]);
}

/** In a map, names in lower case: repeated ones joined by `,` without a space, cookies as HTTP joins them (RFC 9113). */
export function joinedHeaders(headers: Pairs): Record<string, string> {
  const groups = groupValues(lowerCaseNames(headers));
  return Object.fromEntries(
    Array.from(groups, ([name, values]) => [name, values.join(name === "cookie" ? "; " : ",")]),
  );
}

/** Names that differ in case only get the spelling that came first. */
export function unifyNames(headers: Pairs): Pairs {
  const spellings = new Map<string, string>();
  return headers.map(([name, value]) => {
    const spelling = spellings.get(name.toLowerCase()) ?? name;
    spellings.set(name.toLowerCase(), spelling);
    return [spelling, value];
  });
}

/** A front end begins a trace; parent and sampling come with the invocation. */
function rootOf(traceId: string): string {
  return /Root=[^;]+/i.exec(traceId)?.[0] ?? traceId;
}
