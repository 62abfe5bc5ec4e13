/** Text or Base64: how a body stands in an event. */

/** The two members of every HTTP event. */
export interface EventBody {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Type and subtype in lower case, without parameters; empty if there is none. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/**
 * Whether a front end without a list of binary types takes a body as text: `text/*`, `application/json`, `-/javascript`
 * and `-/xml`, whatever their parameters. Sources: Elastic Load Balancing user guide, "Lambda functions as targets";
 * observed on function URLs and HTTP APIs, where `application/x-www-form-urlencoded`, `multipart/form-data` and a
 * missing type are binary too.
 */
export function isTextType(contentType: string | undefined): boolean {
  const mediaType = mediaTypeOf(contentType);
  return mediaType.startsWith("text/") || textTypes.has(mediaType);
}

const textTypes: ReadonlySet<string> = new Set(["application/json", "application/javascript", "application/xml"]);

/** An empty body is text, whatever its type. */
export function eventBody(body: Buffer, isText: boolean): EventBody {
  const isBase64Encoded = !isText && body.length > 0;
  return { body: body.toString(isBase64Encoded ? "base64" : "utf8"), isBase64Encoded };
}
