/** Answers of the routes that every invocation asks for. */
import type { Answering } from "./answering.ts";

/** What is longer is not copied. */
const maxTextBytes = 16_384;

/**
 * Sends an answer in one piece: head and body as a single text cost the system less than two buffers.
 *
 * @param headers names and values by turns, without `Content-Length`
 */
export function sendBytes(response: Answering, status: number, headers: readonly string[], body: Buffer): void {
  response.writeHead(status, [...headers, "Content-Length", String(body.length)]);
  if (body.length > maxTextBytes) response.end(body);
  else response.end(body.toString("latin1"), "latin1");
}
