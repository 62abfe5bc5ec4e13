/** How events reach the handler, and results the Runtime API. */
import { HandlerError } from "./handler-error.ts";

/** `json`: parsed; `text`: the text of the body; `bytes`: the body itself. */
export type EventFormat = "json" | "text" | "bytes";

const utf8 = (body: Uint8Array): string =>
  (Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)).toString("utf8");

/** By format, from the bytes that Lambda delivered. */
export const eventDecoders: Readonly<Record<EventFormat, (body: Uint8Array) => unknown>> = {
  json: (body) => JSON.parse(utf8(body)) as unknown,
  text: utf8,
  bytes: (body) => body,
};

/**
 * JSON; `null` for what JSON does not have.
 *
 * @throws Error `Runtime.JSONStringifyError`, as the managed runtime names it
 */
export function serializeJson(result: unknown): string {
  try {
    return JSON.stringify(result) ?? "null";
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HandlerError("Runtime.JSONStringifyError", `Unable to stringify response body: ${reason}`, error);
  }
}
