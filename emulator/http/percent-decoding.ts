/** Percent-decoding of what callers send, well-formed or not. */

/**
 * Decodes `%XX`. A `%` without two hexadecimal digits stays; bytes that are no UTF-8 become U+FFFD, since what AWS does
 * with them is not documented.
 */
export function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}
