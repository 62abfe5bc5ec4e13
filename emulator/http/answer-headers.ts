/** Reads the headers and cookies that a function answers with. */
import { validateHeaderName, validateHeaderValue } from "node:http";
import type { HeaderList } from "./http-request.ts";

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

/** Each cookie of a list as a header; undefined if one is none, or it is no list. */
export function readCookies(cookies: unknown): HeaderList | undefined {
  return readMultiValueHeaders({ "set-cookie": cookies ?? null });
}

/**
 * Both maps in one list, without the pairs that stand in both. Source: API Gateway developer guide,
 * "Lambda proxy integrations in API Gateway".
 */
export function mergeHeaders(headers: HeaderList, multiValueHeaders: HeaderList): HeaderList {
  const pairs = new Set(multiValueHeaders.map(([name, value]) => `${name.toLowerCase()}:${value}`));
  return [...headers.filter(([name, value]) => !pairs.has(`${name.toLowerCase()}:${value}`)), ...multiValueHeaders];
}

/** Text of a header as HTTP carries it: each byte of its UTF-8 is one character. Undefined if HTTP cannot. */
function headerText(name: string, value: unknown): string | undefined {
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
