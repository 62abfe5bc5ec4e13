/**
 * A Runtime API that hands out a single event and notes what comes back. Not the emulator's, on purpose: a second judge,
 * which shares no line with it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the bootstrap took the event. */
export type RuntimeAnswer =
  | { readonly kind: "response" }
  | { readonly kind: "function-error" | "init-error"; readonly errorType: string; readonly errorMessage: string };

export interface OneEventRuntimeApi {
  readonly port: number;
  /** Resolves when the bootstrap has asked for, and been given, the event: it has started. */
  readonly delivered: Promise<void>;
  /** Resolves with the first answer of the bootstrap. */
  readonly answered: Promise<RuntimeAnswer>;
  close(): Promise<void>;
}

const requestId = "00000000-0000-4000-8000-000000000001";
const base = "/2018-06-01/runtime";

/** Listens on a free port of the address and waits for a bootstrap. */
export async function startOneEventRuntimeApi(host: string, event: string): Promise<OneEventRuntimeApi> {
  const answer = Promise.withResolvers<RuntimeAnswer>();
  const delivered = Promise.withResolvers<void>();
  let isDelivered = false;
  const server = createServer((request, response) => {
    const route = `${request.method} ${request.url}`;
    if (route === `GET ${base}/invocation/next`) {
      // The second `next` stays open: the bootstrap waits, as it would on Lambda.
      if (!isDelivered) deliver(response, event);
      isDelivered = true;
      delivered.resolve();
      return;
    }
    void readBody(request).then((body) => {
      const kind = answerKinds[route];
      response
        .writeHead(kind === undefined ? 404 : 202, { "Content-Type": "application/json" })
        .end('{"status":"OK"}\n');
      if (kind !== undefined) answer.resolve(kind === "response" ? { kind } : { kind, ...readError(body) });
    });
  });
  await listen(server, host);
  return {
    port: (server.address() as AddressInfo).port,
    delivered: delivered.promise,
    answered: answer.promise,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const answerKinds: Readonly<Record<string, RuntimeAnswer["kind"] | undefined>> = {
  [`POST ${base}/invocation/${requestId}/response`]: "response",
  [`POST ${base}/invocation/${requestId}/error`]: "function-error",
  [`POST ${base}/init/error`]: "init-error",
};

function deliver(response: ServerResponse, event: string): void {
  response
    .writeHead(200, {
      "Content-Type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": requestId,
      "Lambda-Runtime-Deadline-Ms": String(Date.now() + 60_000),
      "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:smoke-run",
      "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
    })
    .end(event);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function readError(body: string): { errorType: string; errorMessage: string } {
  try {
    const { errorType, errorMessage } = JSON.parse(body) as { errorType?: unknown; errorMessage?: unknown };
    return { errorType: String(errorType), errorMessage: String(errorMessage) };
  } catch {
    return { errorType: "unknown", errorMessage: body.slice(0, 300) };
  }
}

function listen(server: Server, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port: 0 }, () => resolve());
  });
}
