/** Headers that a function answers with: which of them a front end sends, under which name. */
import { validateHeaderName, validateHeaderValue } from "node:http";
import type { HeaderList } from "./http-request.ts";

/** What one front end does with certain headers; names in lower case. */
export interface HeaderRules {
  /** Sent as `x-amzn-Remapped-<name>`. */
  readonly remapped: ReadonlySet<string>;
  readonly dropped: ReadonlySet<string>;
}

/**
 * Of function URLs and HTTP APIs. Remapped: observed on function URLs (aws-lambda-web-adapter, issue 491). Dropped: those
 * that API Gateway drops, since they would break the message.
 */
export const urlHeaderRules: HeaderRules = {
  remapped: new Set(["connection", "content-length", "date", "server"]),
  dropped: new Set(["expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]),
};

/**
 * Of REST APIs. Source: API Gateway developer guide, "Amazon API Gateway important notes"; `content-length` as seen in
 * answers of REST APIs.
 */
export const restHeaderRules: HeaderRules = {
  remapped: new Set([
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "max-forwards",
    "server",
    "user-agent",
    "www-authenticate",
  ]),
  dropped: new Set(["expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]),
};

/**
 * Of load balancers. Source: user guide for Application Load Balancers, "Lambda functions as targets": headers of the
 * connection are not honoured and the length is computed. `date` and `server` are dropped since every answer has its own.
 */
export const loadBalancerHeaderRules: HeaderRules = {
  remapped: new Set(),
  dropped: new Set([
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ]),
};

/** Renames and drops. */
export function applyRules(headers: HeaderList, rules: HeaderRules): HeaderList {
  return headers
    .filter(([name]) => !rules.dropped.has(name.toLowerCase()))
    .map(([name, value]) => [rules.remapped.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name, value]);
}

/** The headers, and the content type unless they have one. */
export function withContentType(headers: HeaderList, contentType: string): HeaderList {
  return headers.some(([name]) => name.toLowerCase() === "content-type")
    ? headers
    : [["content-type", contentType], ...headers];
}

/**
 * Reads a map of headers: strings, and numbers and booleans as their text; null is no header.
 *
 * @returns undefined if it is no map, or a name or value is none that HTTP can carry
 */
export function readHeaders(map: unknown): HeaderList | undefined {
  return readEntries(map, (value) => [value]);
}

/** The same of a map of lists of values. */
export function readMultiValueHeaders(map: unknown): HeaderList | undefined {
  return readEntries(map, (value) => (Array.isArray(value) ? (value as unknown[]) : undefined));
}

/** Text of a header as HTTP carries it: each byte of its UTF-8 is one character. Undefined if HTTP cannot. */
export function headerText(name: string, value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
  const bytes = Buffer.from(String(value)).toString("latin1");
  try {
    validateHeaderName(name);
    validateHeaderValue(name, bytes);
    return bytes;
  } catch {
    return undefined;
  }
}

function readEntries(
  map: unknown,
  valuesOf: (value: unknown) => readonly unknown[] | undefined,
): HeaderList | undefined {
  if (map === undefined || map === null) return [];
  if (typeof map !== "object" || Array.isArray(map)) return undefined;
  const headers: (readonly [string, string])[] = [];
  for (const [name, value] of Object.entries(map)) {
    if (value === null) continue;
    const values = valuesOf(value);
    if (values === undefined) return undefined;
    for (const each of values) {
      const text = headerText(name, each);
      if (text === undefined) return undefined;
      headers.push([name, text]);
    }
  }
  return headers;
}
