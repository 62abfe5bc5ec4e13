/**
 * Requests that are plain and whole, as AWS SDKs and runtimes send them for nearly every invocation. Whatever could be
 * understood in more than one way is none of them: it is left to `node:http`. Source: RFC 9112.
 */
import type { Socket } from "node:net";
import type { HttpRequestHead } from "../request-head.ts";

/** What routes look at, by the names of `IncomingMessage`. */
export interface PlainRequest extends HttpRequestHead {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly socket: Socket;
  readonly body: Buffer;
  /** Where the bytes behind it begin. */
  readonly end: number;
}

const headEnd = "\r\n\r\n";
/** Who sends more may be refused. */
const maxHeadBytes = 8192;
/** Visible ASCII in lines that end as they have to. */
const plainHead =
  /^(DELETE|GET|OPTIONS|PATCH|POST|PUT) (\/[!-~]*) HTTP\/1\.1(?:\r\n[-!#$%&'*+.^_`|~\dA-Za-z]+:[\t -~]*)+$/;
/** The server's part of these is more than an answer. */
const special: ReadonlySet<string> = new Set(["expect", "transfer-encoding", "upgrade"]);

/** The request that the bytes begin with; undefined unless it is plain, and all of it is there. */
export function readPlainRequest(bytes: Buffer, socket: Socket): PlainRequest | undefined {
  // To look for the end of the head in text takes a third of the time.
  const text = bytes.toString("latin1", 0, maxHeadBytes);
  const headLength = text.indexOf(headEnd);
  if (headLength < 0) return undefined;
  const bodyStart = headLength + headEnd.length;
  const head = text.slice(0, headLength);
  const [, method = "", url = ""] = plainHead.exec(head) ?? [];
  const rawHeaders: string[] = [];
  const headers = method === "" ? undefined : readHeaders(head, head.indexOf("\r\n"), rawHeaders);
  if (headers?.["host"] === undefined) return undefined;
  const length = headers["content-length"] ?? "0";
  const end = bodyStart + Number(length);
  if (!/^\d{1,8}$/.test(length) || end > bytes.length) return undefined;
  const body = bytes.subarray(bodyStart, end);
  return { method, url, headers, rawHeaders, httpVersion: "1.1", socket, body, end };
}

/** Undefined for what asks for more than an answer, and for headers that come twice. */
function readHeaders(head: string, from: number, rawHeaders: string[]): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (let start = from + 2, end = 0; end < head.length; start = end + 2) {
    end = head.indexOf("\r\n", start);
    if (end < 0) end = head.length;
    const colon = head.indexOf(":", start);
    const rawName = head.slice(start, colon);
    const name = rawName.toLowerCase();
    const value = head.slice(colon + 1, end).trim();
    if (headers[name] !== undefined || special.has(name)) return undefined;
    if (name === "connection" && value.toLowerCase() !== "keep-alive") return undefined;
    headers[name] = value;
    rawHeaders.push(rawName, value);
  }
  return headers;
}
