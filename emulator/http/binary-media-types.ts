/** The list of binary types that a REST API configures. */
import { mediaTypeOf } from "./event-body.ts";

/**
 * Whether a content type, or the first type of an `Accept` header, is in the list. Parameters and case do not count; a
 * type may be `*`/`*` or `image/*`.
 *
 * Source: API Gateway developer guide, "Content type conversions" and "Return binary media from a Lambda proxy integration".
 */
export function isBinaryType(header: string | undefined, binaryMediaTypes: readonly string[]): boolean {
  const mediaType = mediaTypeOf(header?.split(",", 1)[0]);
  return binaryMediaTypes.some((each) => {
    const binary = each.toLowerCase();
    if (binary === "*/*") return true;
    if (binary.endsWith("/*")) return mediaType.startsWith(binary.slice(0, -1));
    return mediaType !== "" && binary === mediaType;
  });
}
