/** The result of a function as the answer of an Application Load Balancer. */
import { readHeaders, readMultiValueHeaders, withContentType } from "./answer-headers.ts";
import { applyRules, loadBalancerHeaderRules } from "./header-rules.ts";
import type { HttpAnswer } from "./http-request.ts";
import { bodyBytes, membersOf, ownAnswer, parseResult, readStatus } from "./structured-answer.ts";

/** Of a request's body, and of a result as JSON (user guide for Application Load Balancers, "Lambda functions as targets"). */
export const maxLoadBalancerBytes = 1_048_576;

const badGateway =
  "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n" +
  "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/**
 * Source: Elastic Load Balancing user guide for Application Load Balancers, "Lambda functions as targets". Of an error,
 * of a result that is too long and of one that is no answer, callers learn nothing but 502. `statusDescription` goes
 * unread: HTTP/2 has no room for it, and clients do not look at it.
 *
 * @param payload what the function returned, or its error
 * @param options whether `lambda.multi_value_headers.enabled`: decides which map of headers is read
 */
export function loadBalancerAnswer(
  payload: Buffer,
  isFunctionError: boolean,
  options: { readonly multiValueHeaders?: boolean | undefined } = {},
): HttpAnswer {
  const answer = isFunctionError ? undefined : structuredAnswer(payload, options.multiValueHeaders === true);
  return answer ?? ownAnswer(502, "text/html", badGateway);
}

function structuredAnswer(payload: Buffer, isMultiValue: boolean): HttpAnswer | undefined {
  if (payload.length > maxLoadBalancerBytes) return undefined;
  const members = membersOf(parseResult(payload)?.value);
  if (members === undefined || typeof members["statusCode"] !== "number") return undefined;
  const statusCode = readStatus(members["statusCode"]);
  const headers = isMultiValue ? readMultiValueHeaders(members["multiValueHeaders"]) : readHeaders(members["headers"]);
  const body = members["body"] ?? "";
  if (statusCode === undefined || headers === undefined || typeof body !== "string") return undefined;
  return {
    statusCode,
    // Without a type, answers have been seen as `application/octet-stream` (php-lambda-layer, issue 41).
    headers: applyRules(withContentType(headers, "application/octet-stream"), loadBalancerHeaderRules),
    body: bodyBytes(body, members["isBase64Encoded"] === true),
  };
}
