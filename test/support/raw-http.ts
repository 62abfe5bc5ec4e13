/** HTTP as bytes on a socket: for what no HTTP client would send. */
import { connect, type Socket } from "node:net";

/** What to do once all pieces are sent. */
type Afterwards = "wait" | "half-close" | "hang-up";

/**
 * Sends the pieces one after the other on a connection of its own; resolves with all that came back once the other side
 * has closed it.
 */
export async function exchange(
  port: number,
  pieces: readonly (string | Buffer)[],
  afterwards: Afterwards = "wait",
): Promise<string> {
  const { socket, received, closed } = open(port);
  for (const piece of pieces) {
    // oxlint-disable-next-line no-await-in-loop -- each in a packet of its own
    await new Promise((resolve) => socket.write(piece, () => setImmediate(resolve)));
  }
  if (afterwards === "half-close") socket.end();
  if (afterwards === "hang-up") socket.destroy();
  await closed;
  return received();
}

/** An open connection that collects what it is sent. */
export interface OpenConnection {
  readonly socket: Socket;
  readonly received: () => string;
  /** Resolves when it is closed, by whom and however. */
  readonly closed: Promise<void>;
}

/** Connects and stays. */
export function open(port: number): OpenConnection {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("end", () => socket.end());
  // A connection that is cut is what these tests are about.
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return { socket, received: () => Buffer.concat(chunks).toString("utf8"), closed };
}

/** A request with its length, on a connection that ends with it. */
export function formatRequest(method: string, path: string, body = "", headers = ""): string {
  const length = Buffer.byteLength(body);
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: ${length}\r\n${headers}\r\n${body}`;
}

/** Status, headers and body of the first answer in it. */
export function parseAnswer(received: string): {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
} {
  const end = received.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = received.slice(0, end).split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { status: Number(statusLine.split(" ")[1]), headers, body: received.slice(end + 4) };
}

/** Each is refused with status 400 by any HTTP/1.1 server. */
export const malformedRequests: Readonly<Record<string, string>> = {
  "no HTTP at all": "this is no HTTP\r\n\r\n",
  "the beginning of TLS": "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n",
  "an unknown version": "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
  "a length that is no number": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
  "two lengths": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
  "a length and chunks":
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  // Found by who reads the body.
  "a chunk size that is none":
    "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
  "a header without a name": "GET / HTTP/1.1\r\nHost: x\r\n: nobody\r\n\r\n",
  "a header with a zero byte": "GET / HTTP/1.1\r\nHost: x\r\nX: a\u0000b\r\n\r\n",
  "no host": "GET / HTTP/1.1\r\n\r\n",
};
