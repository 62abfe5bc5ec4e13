/** The members of results that describe an HTTP answer, read one by one. */

/** The result as JSON; undefined if it is none. */
export function parseResult(payload: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(payload.toString("utf8")) as unknown };
  } catch {
    return undefined;
  }
}

/** A result with members, as far as it is one. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

/**
 * A status from 200 to 599, as a number or as its text (both observed on function URLs). No front end can end an answer
 * with a 1xx: callers would wait for another.
 *
 * @returns undefined if it is none
 */
export function readStatus(statusCode: unknown): number | undefined {
  const isText = typeof statusCode === "string" && /^\d{3}$/.test(statusCode);
  if (!isText && typeof statusCode !== "number") return undefined;
  const status = Number(statusCode);
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

/** The bytes of a `body`. */
export function bodyBytes(body: string, isBase64Encoded: boolean): Buffer {
  return Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
}

/** An answer of a front end itself. */
export function ownAnswer(
  statusCode: number,
  contentType: string,
  body: string,
): { readonly statusCode: number; readonly headers: [[string, string]]; readonly body: Buffer } {
  return { statusCode, headers: [["content-type", contentType]], body: Buffer.from(body) };
}
