/** An answer as its caller wants it: in one piece, or in pieces. */
import type { Answer } from "../invocation.ts";
import type { StreamedResponse } from "./streamed-response.ts";

/**
 * A streamed response in one piece. One that failed midway is an error; where nothing came before it, its text is the
 * answer, else what came.
 */
export async function collect(stream: StreamedResponse): Promise<{ payload: Buffer; isFunctionError: boolean }> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  const { kind, error } = await stream.ended;
  const received = Buffer.concat(pieces);
  const isWhole = kind === "complete" || (kind === "reported-error" && received.length > 0);
  return { payload: isWhole ? received : (error ?? received), isFunctionError: error !== undefined };
}

/** What did not stream, as a stream; of an error the text comes at its end. */
export async function* piecesOf({ payload, isFunctionError }: Answer): AsyncGenerator<Buffer, void, undefined> {
  if (!isFunctionError && payload.length > 0) yield payload;
}

/** The text of an error that did not stream. */
export function errorOf({ payload, isFunctionError }: Answer): Buffer | undefined {
  return isFunctionError ? payload : undefined;
}
