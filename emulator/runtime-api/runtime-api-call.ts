/** A request to the port of an environment, and how it is answered. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Environment } from "../environment.ts";
import { RuntimeApiRefusal } from "../errors.ts";
import type { RequestHead } from "../request-head.ts";
import type { LocalEndpoints } from "../local-endpoints.ts";
import type { Answering } from "../answering.ts";
import { readBody } from "../read-body.ts";
import { sendBytes } from "../send-bytes.ts";

/** What the requests of every invocation are served with, however they were read. */
export interface InvocationCall {
  readonly environment: Environment;
  readonly request: RequestHead & { readonly socket: Socket };
  readonly response: Answering;
  /** From the path; empty where it has none. */
  readonly requestId: string;
}

/** What a route works with. */
export interface RuntimeApiCall extends InvocationCall {
  readonly endpoints: LocalEndpoints;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** May throw RuntimeApiRefusal, or reject with it. */
export type RuntimeApiRoute = (call: RuntimeApiCall) => void | Promise<void>;

/** By method; `other` takes all that are not there, 404 where there is none. */
export type MethodRoutes = Readonly<Partial<Record<"GET" | "POST" | "PUT" | "other", RuntimeApiRoute>>>;

/** By path. */
export type RuntimeApiRoutes = Readonly<Record<string, MethodRoutes>>;

export const json = ["Content-Type", "application/json"] as const;
const plainText = ["Content-Type", "text/plain; charset=utf-8"] as const;
const nothing = Buffer.alloc(0);
const acceptedBody = Buffer.from('{"status":"OK"}\n');

/** Reads the body first; what is too long to be read is refused. */
export function withBody(take: (call: RuntimeApiCall, body: Buffer) => void): RuntimeApiRoute {
  return withBodyOrNone((call, body) => {
    if (body === undefined) throw new Error("the body is too long to be read");
    take(call, body);
  });
}

/** The same for who says something of its own about a body that is too long: it gets undefined. */
export function withBodyOrNone(take: (call: RuntimeApiCall, body: Buffer | undefined) => void): RuntimeApiRoute {
  return (call) => {
    readBody(call.request, (body) => {
      try {
        take(call, body);
      } catch (error) {
        sendRefusal(call, error);
      }
    });
  };
}

/** 200. */
export function sendJson({ response }: RuntimeApiCall, value: unknown, headers: readonly string[] = []): void {
  sendBytes(response, 200, [...json, ...headers], Buffer.from(JSON.stringify(value)));
}

/** 202; a moment later: who waits for what was accepted comes first. */
export function sendAccepted({ response }: InvocationCall): void {
  setImmediate(() => sendBytes(response, 202, json, acceptedBody));
}

export function sendText({ response }: RuntimeApiCall, status: number, text: string): void {
  sendBytes(response, status, plainText, Buffer.from(text));
}

export function sendNotFound(call: RuntimeApiCall): void {
  sendText(call, 404, "404 page not found\n");
}

/** 405 without a body. */
export function sendMethodNotAllowed({ response }: RuntimeApiCall): void {
  sendBytes(response, 405, [], nothing);
}

/** Its status and error, or 500 for what nobody has foreseen. */
export function sendRefusal({ response }: InvocationCall, error: unknown): void {
  const refusal =
    error instanceof RuntimeApiRefusal
      ? error
      : new RuntimeApiRefusal(500, "InternalServerError", "Internal Server Error");
  const { errorType, message: errorMessage, statusCode } = refusal;
  sendBytes(response, statusCode, json, Buffer.from(`${JSON.stringify({ errorMessage, errorType })}\n`));
}
