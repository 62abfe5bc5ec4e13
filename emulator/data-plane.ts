/**
 * The requests that reach functions: Lambda's invocations, function URLs and what an API leads to them. They are served in
 * front of Fastify, which has everything else: its share would be a third of an invocation.
 */
import type { RequestListener, ServerResponse } from "node:http";
import type { HttpRequestHead } from "./request-head.ts";
import type { Answering } from "./answering.ts";
import { readBody } from "./read-body.ts";
import { sendException } from "./send-exception.ts";
import { requestTooLarge } from "./service-refusals.ts";
import { maxRequestBytes } from "./limits.ts";

/** A request whose body has been read. */
export interface DataPlaneCall {
  readonly request: HttpRequestHead;
  readonly response: Answering;
  readonly body: Buffer;
}

/** What serves it. Rejects with ServiceException as long as nothing has been sent. */
export type DataPlaneHandler = (call: DataPlaneCall) => Promise<void>;

/**
 * Undefined for a request that is not its own; `needs-stream` for one that is, and cannot be answered in one piece.
 *
 * @param stream takes the answer while it is made, where there is one
 */
export type DataPlaneRoute = (
  request: HttpRequestHead,
  stream: ServerResponse | undefined,
) => DataPlaneHandler | "needs-stream" | undefined;

export interface DataPlaneOptions {
  /** The first that takes a request serves it. */
  readonly routes: readonly DataPlaneRoute[];
  /** Told of every request that is complete. */
  readonly onComplete: (response: ServerResponse) => void;
  /** Serves the rest. */
  readonly otherwise: RequestListener;
}

export function serveDataPlane({ routes, onComplete, otherwise }: DataPlaneOptions): RequestListener {
  return (request, response) => {
    const handler = findHandler(routes, request, response);
    if (handler === undefined) return otherwise(request, response);
    readBody(request, (body) => {
      onComplete(response);
      if (body === undefined) return sendException(response, requestTooLarge(maxRequestBytes));
      handler({ request, response, body }).catch((error: unknown) => {
        // A stream that breaks off is known by its end.
        if (response.headersSent) response.destroy();
        else sendException(response, error);
      });
    });
  };
}

/** That of the first route whose request it is; undefined where there is none, or it needs a stream. */
export function findHandler(
  routes: readonly DataPlaneRoute[],
  request: HttpRequestHead,
  stream?: ServerResponse,
): DataPlaneHandler | undefined {
  for (const route of routes) {
    const handler = route(request, stream);
    if (handler !== undefined) return handler === "needs-stream" ? undefined : handler;
  }
  return undefined;
}
