/** A Runtime API on a real socket that answers from a script and keeps what it was sent. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

export interface ReceivedRequest {
  readonly route: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: NodeJS.Dict<string>;
}

export interface ScriptedRuntimeApi extends AsyncDisposable {
  readonly authority: string;
  readonly requests: ReceivedRequest[];
  readonly connectionCount: () => number;
}

/** An event as `next` delivers it. */
export function event(body: string, headers: Record<string, string> = {}): ScriptedAnswer {
  return {
    status: 200,
    headers: {
      "Lambda-Runtime-Aws-Request-Id": "request-1",
      "Lambda-Runtime-Deadline-Ms": "4102444800000",
      "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:test",
      ...headers,
    },
    body,
  };
}

/** What ends a run: an answer to `next` that cannot be survived. */
export const endOfScript: ScriptedAnswer = { status: 403, body: "end of script" };

/**
 * Answers each `GET …/next` with the next entry of `events`, then with `endOfScript`; every POST with 202, or with what
 * `answers` has for the last part of its path; a whole route (`GET /path`) in `answers` comes before both, and never
 * answers where it is undefined.
 */
export async function startScriptedRuntimeApi(
  events: readonly ScriptedAnswer[],
  answers: Readonly<Record<string, ScriptedAnswer | undefined>> = {},
): Promise<ScriptedRuntimeApi> {
  const remaining = [...events];
  const requests: ReceivedRequest[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const route = `${request.method} ${request.url}`;
      const { headers, trailers } = request;
      requests.push({ route, headers, body: Buffer.concat(chunks).toString("utf8"), trailers });
      const kind = route.split("/").at(-1) ?? "";
      const isKnown = route in answers;
      const scripted = isKnown ? answers[route] : request.method === "GET" ? remaining.shift() : answers[kind];
      if (isKnown && scripted === undefined) return;
      const answer = scripted ?? (request.method === "GET" ? endOfScript : { status: 202 });
      response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
    });
  });
  server.on("connection", () => connections++);
  await listen(server);
  return {
    authority: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connectionCount: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
}
