/** `node:querystring`. */
import { Buffer } from "./buffer.ts";

type Value = string | number | bigint | boolean | null | undefined;
type Values = Readonly<Record<string, Value | readonly Value[]>>;

interface StringifyOptions {
  readonly encodeURIComponent?: (text: string) => string;
}

interface ParseOptions {
  readonly decodeURIComponent?: (text: string) => string;
  /** 0 is for any number. @default 1000 */
  readonly maxKeys?: number;
}

/** Percent encoding of all but letters, digits and `!'()*-._~`. */
export function escape(text: unknown): string {
  try {
    return encodeURIComponent(String(text));
  } catch {
    throw Object.assign(new URIError("URI malformed"), { code: "ERR_INVALID_URI" });
  }
}

/** What is no percent encoding stays, and what is no UTF-8 becomes U+FFFD. */
export function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text).toString();
  }
}

/** The bytes, of which characters behind the first 256 lose their upper half. */
export function unescapeBuffer(text: string): Buffer {
  const plain = text.replaceAll(/%([\da-f]{2})/gi, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(plain, "latin1");
}

function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  return typeof value === "bigint" || typeof value === "boolean" ? String(value) : "";
}

/** @param separator `&`, between pairs. @param equals `=`, inside of one */
export function stringify(
  values: Values | null | undefined,
  separator?: string | null,
  equals?: string | null,
  options?: StringifyOptions,
): string {
  if (values === null || typeof values !== "object") return "";
  const encode = options?.encodeURIComponent ?? escape;
  return Object.entries(values)
    .flatMap(([name, value]) => {
      const key = `${encode(name)}${equals || "="}`;
      const all = Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
      return all.map((each) => key + encode(textOf(each)));
    })
    .join(separator || "&");
}

/** A name that comes more than once has an array. */
export function parse(
  text: string,
  separator?: string | null,
  equals?: string | null,
  options?: ParseOptions,
): Record<string, string | string[]> {
  const result = Object.create(null) as Record<string, string | string[]>;
  if (typeof text !== "string" || text === "") return result;
  const { decodeURIComponent: given = unescape, maxKeys = 1000 } = options ?? {};
  const decode = (encoded: string): string => decodeWith(given, encoded);
  const sign = equals || "=";
  const pairs = text.split(separator || "&").filter((pair) => pair !== "");
  for (const pair of typeof maxKeys === "number" && maxKeys > 0 ? pairs.slice(0, maxKeys) : pairs) {
    const at = pair.indexOf(sign);
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? "" : decode(pair.slice(at + sign.length));
    const before = result[name];
    if (before === undefined) result[name] = value;
    else if (typeof before === "string") result[name] = [before, value];
    else before.push(value);
  }
  return result;
}

function decodeWith(decode: (text: string) => string, encoded: string): string {
  const text = encoded.replaceAll("+", " ");
  try {
    return decode(text);
  } catch {
    return unescape(text);
  }
}

export { parse as decode, stringify as encode };
