/**
 * Errors of the media type `application/vnd.aws.lambda.error.cause+json`, which carry their X-Ray cause in the body. Source:
 * aws-lambda-runtime-interface-emulator, Lambda's own server.
 */

/** As it stands in `Content-Type`, without parameters. */
export const errorWithCauseType = "application/vnd.aws.lambda.error.cause+json";

/** What the caller gets of it: message, type and stack trace, each as text; of any other body `"Invalid error body"`. */
export function withoutCause(body: Buffer): Buffer {
  return Buffer.from(escapeForHtml(JSON.stringify(readDocument(body) ?? "Invalid error body")));
}

/** The cause as text, if there is one. */
export function causeIn(body: Buffer): string | undefined {
  try {
    return JSON.stringify((JSON.parse(body.toString("utf8")) as { readonly errorCause?: unknown } | null)?.errorCause);
  } catch {
    return undefined;
  }
}

function readDocument(body: Buffer): object | undefined {
  let document: unknown;
  try {
    document = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof document !== "object" || Array.isArray(document)) return undefined;
  const { errorMessage, errorType, stackTrace } = (document ?? {}) as Readonly<Record<string, unknown>>;
  const texts = [errorMessage ?? "", errorType ?? "", ...(Array.isArray(stackTrace) ? stackTrace : [])];
  const isStackTrace = stackTrace === undefined || stackTrace === null || Array.isArray(stackTrace);
  if (!isStackTrace || texts.some((each) => typeof each !== "string")) return undefined;
  const [message, type, ...lines] = texts;
  return { errorMessage: message, errorType: type, ...(lines.length === 0 ? {} : { stackTrace: lines }) };
}

/** Lambda's server is written in Go, whose JSON can stand in HTML. */
function escapeForHtml(json: string): string {
  return json.replaceAll(/[<>&\u2028\u2029]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
