/** What function URLs and HTTP APIs make of a result in payload format 2.0. */
import { readCookies, readHeaders, withContentType } from "./answer-headers.ts";
import { applyRules, urlHeaderRules } from "./header-rules.ts";
import type { HttpAnswer } from "./http-request.ts";
import { bodyBytes, membersOf, parseResult, readStatus } from "./structured-answer.ts";

/**
 * Reads or infers an answer. Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs",
 * "Format of 2.0", and AWS Lambda developer guide, "Invoking Lambda function URLs", "Response payload format":
 *
 * - an object with `statusCode` is the answer: `headers`, `cookies`, `body`, `isBase64Encoded`;
 * - any other JSON is the body of a 200, a string without its quotes.
 *
 * @returns undefined for what is no answer: no JSON, or members with impossible values
 */
export function payloadTwoAnswer(payload: Buffer): HttpAnswer | undefined {
  const result = parseResult(payload);
  if (result === undefined) return undefined;
  const members = membersOf(result.value);
  if (members === undefined || members["statusCode"] === undefined) {
    const body = typeof result.value === "string" ? Buffer.from(result.value) : payload;
    return { statusCode: 200, headers: [["content-type", "application/json"]], body };
  }
  const statusCode = readStatus(members["statusCode"]);
  const headers = readHeaders(members["headers"]);
  const cookies = readCookies(members["cookies"]);
  if (statusCode === undefined || headers === undefined || cookies === undefined) return undefined;
  return {
    statusCode,
    headers: [...applyRules(withContentType(headers, "application/json"), urlHeaderRules), ...cookies],
    body: bodyBytes(textOf(members["body"]), members["isBase64Encoded"] === true),
  };
}

/** An object instead of text is sent as its JSON. */
function textOf(body: unknown): string {
  if (body === undefined || body === null) return "";
  return typeof body === "string" ? body : JSON.stringify(body);
}
