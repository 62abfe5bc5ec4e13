/** Bodies as bytes: Lambda does not look at what a caller or a runtime calls them. */
import type { IncomingMessage } from "node:http";

/** Above every limit of the APIs, so that a refusal has Lambda's words and not the server's. */
const maxBodyBytes = 64 * 1024 * 1024;

/**
 * Reads the body of a request; of one that breaks off nothing is heard.
 *
 * @param onBody called with undefined when it is longer than anything that could be allowed; the rest is dropped
 */
export function readBody(request: IncomingMessage, onBody: (body: Buffer | undefined) => void): void {
  if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) return onBody(undefined);
  const pieces: Buffer[] = [];
  let bytes = 0;
  request.on("data", (piece: Buffer) => {
    const wasTooLong = bytes > maxBodyBytes;
    bytes += piece.length;
    if (bytes <= maxBodyBytes) return void pieces.push(piece);
    pieces.length = 0;
    if (!wasTooLong) onBody(undefined);
  });
  request.on("end", () => {
    const [first] = pieces;
    if (bytes > maxBodyBytes) return;
    onBody(first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces, bytes));
  });
}
