/**
 * The HTTP side of the Runtime API. All environments share one Fastify routing; each has a listener, and so a port, of
 * its own, because not every client keeps a path prefix. Only translates: what is allowed when, the environment knows.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { sentContentType, takeAnyBody } from "./any-body.ts";
import { sendBytes } from "./send-bytes.ts";
import { causeIn, errorWithCauseType, withoutCause } from "./error-with-cause.ts";
import { RuntimeApiRefusal } from "./errors.ts";
import type { Environment, ReportedError, RuntimeCalls } from "./environment.ts";
import type { ExtensionHost } from "./extensions/extension-host.ts";
import { addExtensionRoutes } from "./extensions/extension-routes.ts";
import type { DeliveredEvent } from "./invocation.ts";
import { addLocalEndpointRoutes, createLocalEndpoints, type LocalEndpoints } from "./local-endpoints.ts";
import { runtimeApiHeaders as names } from "./lambda-protocol.ts";
import { readXrayCause } from "./xray/read-xray-cause.ts";
import { addStreamedResponseRoute, responseModeConstraint } from "./streaming/streamed-response-route.ts";
import { addTelemetryRoutes } from "./telemetry/telemetry-routes.ts";

/** One environment's listener. */
export interface RuntimeApiEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** Whose connection it is. */
interface EnvironmentListener {
  readonly environment: Environment;
  readonly endpoints: LocalEndpoints;
}

export interface RuntimeApiApp {
  /** Opens a port for one environment on the given address. */
  listen(environment: Environment, host: string, endpoints?: LocalEndpoints): Promise<RuntimeApiEndpoint>;
}

/** More than any runtime may send: the limits of the API are judged by the environment, with Lambda's own words. */
const bodyLimitBytes = 64 * 1024 * 1024;

/** Builds the routes once. Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes". */
export async function createRuntimeApiApp(): Promise<RuntimeApiApp> {
  const listeners = new WeakMap<Socket, EnvironmentListener>();
  const listenerOf = (request: FastifyRequest): EnvironmentListener => {
    const listener = listeners.get(request.raw.socket);
    if (listener === undefined) throw new Error("a connection without an execution environment");
    return listener;
  };
  const environmentOf = (request: FastifyRequest): Environment => listenerOf(request).environment;

  const sessionOf = (request: FastifyRequest): RuntimeCalls => environmentOf(request).session;

  const app = fastify({
    bodyLimit: bodyLimitBytes,
    exposeHeadRoutes: false,
    routerOptions: {
      constraints: {
        responseMode: responseModeConstraint(
          (requestId, { socket }) => listeners.get(socket)?.environment.session.isStreamingInvoke(requestId) === true,
        ),
      },
    },
  });
  takeAnyBody(app);
  app.setErrorHandler((error: Error & { readonly code?: string }, request, reply) => {
    const { requestId } = request.params as { readonly requestId?: string };
    const isUnread = error.code === "FST_ERR_CTP_BODY_TOO_LARGE" && request.url.endsWith("/response");
    if (!isUnread || requestId === undefined) return sendRefusal(reply, error);
    try {
      // Its caller has to hear of it now, not when the function's time is up.
      sessionOf(request).respond(requestId, undefined, undefined);
    } catch (refusal) {
      sendRefusal(reply, refusal);
    }
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).type("text/plain; charset=utf-8").send("404 page not found\n"),
  );

  const prefix = "/2018-06-01/runtime";
  app.get(`${prefix}/invocation/next`, (request, reply) => {
    let isDelivered = false;
    const { socket } = request.raw;
    const stopWaiting = sessionOf(request).next({
      onEvent(event) {
        isDelivered = true;
        sendEvent(reply, event);
      },
      onLost: (callback) => void (socket.destroyed ? callback() : socket.once("close", callback)),
    });
    // A runtime that hangs up while it waits must not be given an event.
    if (!isDelivered) reply.raw.once("close", stopWaiting);
  });
  app.post<InvocationRoute>(`${prefix}/invocation/:requestId/response`, (request, reply) => {
    const mode = request.headers[names.responseMode.toLowerCase()] as string | undefined;
    sessionOf(request).respond(request.params.requestId, bodyOf(request), mode, invocationIdOf(request));
    sendAccepted(reply);
  });
  addStreamedResponseRoute(
    app,
    `${prefix}/invocation/:requestId/response`,
    (request, source) => {
      const { requestId } = request.params as InvocationRoute["Params"];
      return sessionOf(request).respondStreaming(requestId, source, invocationIdOf(request));
    },
    sendAccepted,
  );
  app.post<InvocationRoute>(`${prefix}/invocation/:requestId/error`, (request, reply) => {
    const { body, ...reported } = reportedError(request);
    const hasCause = sentContentType(request.raw) === errorWithCauseType;
    const error = hasCause
      ? { ...reported, body: withoutCause(body), xrayCause: readXrayCause(causeIn(body)) }
      : { ...reported, body };
    sessionOf(request).reportError(request.params.requestId, error, invocationIdOf(request));
    sendAccepted(reply);
  });
  app.post(`${prefix}/init/error`, (request, reply) => {
    sessionOf(request).reportInitError(reportedError(request));
    sendAccepted(reply);
  });
  app.get(`${prefix}/restore/next`, (request, reply) => {
    const { snapshot } = environmentOf(request);
    if (snapshot === undefined) return reply.callNotFound();
    reply.raw.once(
      "close",
      snapshot.restoreNext(() => void reply.send()),
    );
  });
  app.post(`${prefix}/restore/error`, (request, reply) => {
    const { snapshot } = environmentOf(request);
    if (snapshot === undefined) return reply.callNotFound();
    snapshot.reportRestoreError(reportedError(request));
    sendAccepted(reply);
  });
  const hostOf = (request: FastifyRequest): ExtensionHost => environmentOf(request).host;
  addExtensionRoutes(app, { hostOf, bodyOf, sendAccepted });
  addTelemetryRoutes(app, { hostOf, bodyOf });
  addLocalEndpointRoutes(app, { endpointsOf: (request) => listenerOf(request).endpoints, now: () => Date.now() });
  app.get("/2018-06-01/ping", (_request, reply) => reply.send("pong"));
  refuseOtherMethods(app, `${prefix}/invocation/next`, "GET");
  refuseOtherMethods(app, "/2018-06-01/ping", "GET");
  refuseOtherMethods(app, `${prefix}/invocation/:requestId/response`, "POST");
  refuseOtherMethods(app, `${prefix}/invocation/:requestId/error`, "POST");
  refuseOtherMethods(app, `${prefix}/init/error`, "POST");
  await app.ready();

  return {
    async listen(environment, host, endpoints = createLocalEndpoints(undefined, undefined)) {
      const server = createServer(inOrder((request, response) => app.routing(request, response)));
      // A runtime may wait for the next event for hours.
      server.requestTimeout = 0;
      server.keepAliveTimeout = 0;
      const listener = { environment, endpoints };
      server.on("connection", (socket) => listeners.set(socket, listener));
      await listening(server, host);
      return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
    },
  };
}

/** 405 without a body, where Fastify would know no such route. */
function refuseOtherMethods(app: FastifyInstance, url: string, allowed: "GET" | "POST"): void {
  const method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter((each) => each !== allowed);
  app.route({ method, url, handler: (_request, reply) => reply.code(405).send() });
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * One request after the other on each connection: a runtime may send its answer and `next` in one piece (pipelining, RFC
 * 9112 §9.3.2), and Node.js would begin both at once.
 */
function inOrder(listener: Listener): Listener {
  const last = new WeakMap<Socket, ServerResponse>();
  return (request, response) => {
    const previous = last.get(request.socket);
    last.set(request.socket, response);
    if (previous === undefined || previous.writableEnded) return listener(request, response);
    let hasBegun = false;
    const begin = (): void => {
      if (!hasBegun) listener(request, response);
      hasBegun = true;
    };
    // Node.js says so when the answer is complete.
    previous.once("prefinish", begin).once("close", begin);
  };
}

interface InvocationRoute {
  Params: { requestId: string };
}

const nothing = Buffer.alloc(0);
const invocationIdName = names.invocationId.toLowerCase();
const errorTypeName = names.errorType.toLowerCase();
const xrayCauseName = names.xrayErrorCause.toLowerCase();

function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : nothing;
}

function reportedError(request: FastifyRequest): ReportedError {
  const header = request.headers[errorTypeName] as string | undefined;
  const xrayCause = readXrayCause(request.headers[xrayCauseName] as string | undefined);
  return { body: bodyOf(request), errorType: normaliseErrorType(header), xrayCause };
}

/** A runtime may leave it out. */
function invocationIdOf(request: FastifyRequest): string | undefined {
  return request.headers[invocationIdName] as string | undefined;
}

const json = ["Content-Type", "application/json"] as const;

function sendEvent(reply: FastifyReply, { invocation, deadlineMs }: DeliveredEvent): void {
  const headers: string[] = [...json, names.requestId, invocation.requestId];
  headers.push(names.invocationId, invocation.invocationId, names.deadlineMs, String(deadlineMs));
  headers.push(names.invokedFunctionArn, invocation.invokedFunctionArn, names.traceId, invocation.traceId);
  if (invocation.clientContext !== undefined) headers.push(names.clientContext, invocation.clientContext);
  if (invocation.tenantId !== undefined) headers.push(names.tenantId, invocation.tenantId);
  sendBytes(reply, 200, headers, invocation.payload);
}

const acceptedBody = Buffer.from('{"status":"OK"}\n');

/** A moment later: who waits for what was accepted comes first. */
function sendAccepted(reply: FastifyReply): void {
  setImmediate(() => sendBytes(reply, 202, json, acceptedBody));
}

function sendRefusal(reply: FastifyReply, error: unknown): void {
  const refusal =
    error instanceof RuntimeApiRefusal
      ? error
      : new RuntimeApiRefusal(500, "InternalServerError", "Internal Server Error");
  const { errorType, message: errorMessage } = refusal;
  void reply
    .code(refusal.statusCode)
    .type("application/json")
    .send(Buffer.from(`${JSON.stringify({ errorMessage, errorType })}\n`));
}

/** As Lambda's server does: a recognised type is kept, another `Function.` one is unknown, so is everything else. */
function normaliseErrorType(header: string | undefined): string {
  const known = /(?:Runtime|Function)\.[A-Z][a-zA-Z]+/.exec(header ?? "")?.[0];
  if (known !== undefined) return header ?? known;
  return header?.startsWith("Function.") === true ? "Function.Unknown" : "Runtime.Unknown";
}

function listening(server: Server, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port: 0 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
