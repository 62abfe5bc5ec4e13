/** The result of a function as the answer of a REST API of API Gateway, payload format 1.0. */
import { mergeHeaders, readHeaders, readMultiValueHeaders, withContentType } from "./answer-headers.ts";
import { isBinaryType } from "./binary-media-types.ts";
import { applyRules, restHeaderRules } from "./header-rules.ts";
import type { HttpAnswer } from "./http-request.ts";
import { bodyBytes, membersOf, ownAnswer, parseResult, readStatus } from "./structured-answer.ts";

/** What decides whether a body in Base64 is decoded. */
export interface RestApiAnswerOptions {
  /** @default [] */
  readonly binaryMediaTypes?: readonly string[] | undefined;
  /** Header `Accept` of the request; its first type counts. */
  readonly accept?: string | undefined;
}

/** None is required and no other accepted (AWS SAM CLI, pull requests 1154, which tried it on AWS, and 2941). */
const knownMembers: ReadonlySet<string> = new Set([
  "statusCode",
  "headers",
  "multiValueHeaders",
  "body",
  "isBase64Encoded",
  "base64Encoded",
]);

/**
 * Source: API Gateway developer guide, "Lambda proxy integrations in API Gateway", "Output format". Nothing is inferred:
 * of an error, and of any other result, callers learn nothing but 502.
 *
 * @param payload what the function returned, or its error
 */
export function restApiAnswer(payload: Buffer, isFunctionError: boolean, options: RestApiAnswerOptions): HttpAnswer {
  const answer = isFunctionError ? undefined : structuredAnswer(payload, options);
  return answer ?? ownAnswer(502, "application/json", '{"message": "Internal server error"}');
}

function structuredAnswer(payload: Buffer, options: RestApiAnswerOptions): HttpAnswer | undefined {
  const members = membersOf(parseResult(payload)?.value);
  if (members === undefined || Object.keys(members).some((name) => !knownMembers.has(name))) return undefined;
  const statusCode = readStatus(members["statusCode"] ?? 200);
  const headers = readHeaders(members["headers"]);
  const multiValueHeaders = readMultiValueHeaders(members["multiValueHeaders"]);
  const body = members["body"] ?? "";
  if (statusCode === undefined || headers === undefined || multiValueHeaders === undefined) return undefined;
  if (typeof body !== "string") return undefined;
  const isBase64Encoded = members["isBase64Encoded"] === true || members["base64Encoded"] === true;
  const merged = withContentType(mergeHeaders(headers, multiValueHeaders), "application/json");
  return {
    statusCode,
    headers: applyRules(merged, restHeaderRules),
    body: bodyBytes(body, isBase64Encoded && isBinaryType(options.accept, options.binaryMediaTypes ?? [])),
  };
}
