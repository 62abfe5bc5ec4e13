/** A Runtime API on a real socket that answers from a script and keeps what it was sent. */
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
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
      "Content-Type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": "request-1",
      "Lambda-Runtime-Deadline-Ms": "4102444800000",
      "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:test",
      ...headers,
    },
    body,
  };
}

/** What ends a run: an answer to `next` that cannot be survived. */
export const endOfScript: ScriptedAnswer = {
  status: 403,
  headers: { "Content-Type": "text/plain" },
  body: "end of script",
};

/**
 * Answers each `GET …/next` with the next entry of `events`, then, once there were as many posts as `postsBeforeEnd`, with
 * `endOfScript`; every POST with 202, or with what `answers` has for the last part of its path; a whole route
 * (`GET /path`) in `answers` comes before both, and never answers where it is undefined.
 */
export async function startScriptedRuntimeApi(
  events: readonly ScriptedAnswer[],
  answers: Readonly<Record<string, ScriptedAnswer | undefined>> = {},
  postsBeforeEnd = 0,
): Promise<ScriptedRuntimeApi> {
  const remaining = [...events];
  const requests: ReceivedRequest[] = [];
  let waitingForEnd: ServerResponse[] = [];
  let connections = 0;
  const endIfPosted = (): void => {
    if (requests.filter(({ route }) => route.startsWith("POST")).length < postsBeforeEnd) return;
    for (const response of waitingForEnd) send(response, endOfScript);
    waitingForEnd = [];
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const route = `${request.method} ${request.url}`;
      const { headers, trailers } = request;
      requests.push({ route, headers, body: Buffer.concat(chunks).toString("utf8"), trailers });
      if (route in answers) {
        const answer = answers[route];
        if (answer !== undefined) send(response, answer);
      } else if (request.method === "GET") {
        const next = remaining.shift();
        if (next === undefined) waitingForEnd.push(response);
        else send(response, next);
      } else {
        send(response, answers[route.split("/").at(-1) ?? ""] ?? { status: 202 });
      }
      endIfPosted();
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

function send(response: ServerResponse, { status, headers, body }: ScriptedAnswer): void {
  response.writeHead(status, headers).end(body ?? "");
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
}
