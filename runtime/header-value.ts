/** Text that goes into a header. */

/** Printable ASCII in one line (RFC 9110 §5.5); anything else becomes a question mark. */
export function toHeaderValue(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]/g, "?");
}
