/** The headers that a front end hands to a function: what the caller sent, and its own. */
import type { HttpRequest } from "./http-request.ts";
import type { Pairs } from "./query-parameters.ts";

/** Of the connection between caller and front end (RFC 9110, section 7.6.1). */
const connectionHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Written anew by the front end. */
const ownHeaders: ReadonlySet<string> = new Set(["host", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"]);

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
  const headers: (readonly [string, string])[] = [];
  let passed = "";
  let isTraced = false;
  for (const header of request.headers) {
    const name = header[0].toLowerCase();
    if (name === "x-forwarded-for") passed += `${header[1]}, `;
    if (name === "x-amzn-trace-id") isTraced = true;
    if (!ownHeaders.has(name)) headers.push(header);
  }
  headers.push(["Host", request.host]);
  if (!isTraced) headers.push(["X-Amzn-Trace-Id", rootOf(request.traceId)]);
  headers.push(["X-Forwarded-For", passed + request.sourceIp]);
  headers.push(["X-Forwarded-Port", String(forwarding.port)], ["X-Forwarded-Proto", forwarding.protocol]);
  return headers;
}

/** Names in lower case. */
export function lowerCaseNames(headers: Pairs): Pairs {
  return headers.map(([name, value]) => [name.toLowerCase(), value]);
}

/** In a map, names in lower case: repeated ones joined by `,` without a space, cookies as HTTP joins them (RFC 9113). */
export function joinedHeaders(headers: Pairs): Record<string, string> {
  // Without a prototype, so that a header may be called `__proto__`.
  const joined = Object.create(null) as Record<string, string>;
  for (const [sentName, value] of headers) {
    const name = sentName.toLowerCase();
    const before = joined[name];
    joined[name] = before === undefined ? value : `${before}${name === "cookie" ? "; " : ","}${value}`;
  }
  return joined;
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
