/**
 * Closed-loop load, in a process of its own so that it shares no event loop with what it measures: each caller sends the
 * next request when it has the answer to the last, over one kept-alive socket. Prints a `LoadResult` as JSON.
 */
import { connect } from "node:net";

/** What is asked of it, as JSON in its first argument. */
export interface Load {
  readonly url: string;
  readonly body: string;
  /** Every answer has to be 200 with this body. */
  readonly expected: string;
  readonly callers: number;
  /** Not counted. */
  readonly warmUpMs: number;
  readonly durationMs: number;
}

/** What it prints. */
export interface LoadResult {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

const { url, body, expected, callers, warmUpMs, durationMs } = JSON.parse(process.argv[2] ?? "") as Load;
const { host, hostname, port, pathname } = new URL(url);
const request = Buffer.from(
  `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);
const countFromMs = performance.now() + warmUpMs;
const endMs = countFromMs + durationMs;
const latenciesMs: number[] = [];

/** Resolves when the time is over. */
function call(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let text = "";
    let sentMs = performance.now();
    socket.write(request);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection was closed")));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (!isComplete(text)) return;
      const nowMs = performance.now();
      if (!text.startsWith("HTTP/1.1 200 ") || !text.includes(expected)) {
        return void socket.destroy(new Error(`the answer was: ${text}`));
      }
      if (sentMs >= countFromMs && nowMs <= endMs) latenciesMs.push(nowMs - sentMs);
      text = "";
      if (nowMs >= endMs) {
        resolve();
        socket.destroy();
        return;
      }
      sentMs = nowMs;
      socket.write(request);
    });
  });
}

function isComplete(text: string): boolean {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  const head = text.slice(0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return text.length >= headEnd + 4 + Number(length);
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return text.endsWith("\r\n0\r\n\r\n");
  throw new Error(`an answer without a length: ${head}`);
}

await Promise.all(Array.from({ length: callers }, call));
latenciesMs.sort((a, b) => a - b);
const atUs = (share: number): number =>
  (latenciesMs[Math.floor(share * (latenciesMs.length - 1))] ?? Number.NaN) * 1000;
const result: LoadResult = {
  perSecond: latenciesMs.length / (durationMs / 1000),
  p50Us: atUs(0.5),
  p99Us: atUs(0.99),
};
console.log(JSON.stringify(result));
