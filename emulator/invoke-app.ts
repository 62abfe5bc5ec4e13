/** The HTTP side of the Lambda service: what an AWS SDK or the aws CLI talks to. Only translates. */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { isIP } from "node:net";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { takeAnyBody } from "./any-body.ts";
import type { Clock } from "./clock.ts";
import { EmulatorError, ServiceException } from "./errors.ts";
import { addApi, type Api } from "./http/api.ts";
import { addFunctionUrlRoutes, isFunctionUrlHost, rewriteFunctionUrl } from "./http/function-url.ts";
import { invokeHeaders as names } from "./lambda-protocol.ts";
import { operationName } from "./lambda-operations.ts";
import type { LambdaService } from "./lambda-service.ts";
import { maxHeaderBytes, maxRequestBytes } from "./limits.ts";
import { addManagementRoutes } from "./management-routes.ts";
import { readInvokeRequest, type InvokeRoute } from "./read-invoke-request.ts";
import { sendBytes } from "./send-bytes.ts";
import { notEmulated, requestTooLarge } from "./service-refusals.ts";
import { addResponseStreamingRoute } from "./streaming/response-streaming-route.ts";
import { formatAnsweredTraceId } from "./trace-id.ts";

/** Above every limit of the API, so that a refusal has Lambda's words and not the server's. */
const bodyLimitBytes = 64 * 1024 * 1024;
/** How long a caller may take to read its answer when the emulator is closed. */
const answerGraceMs = 1000;

export interface InvokeAppOptions {
  /**
   * Name accepted in the Host header besides `localhost`, function URLs and every IP address; any other is refused, since a
   * web page could otherwise reach the emulator by DNS rebinding, which needs a name.
   */
  readonly allowedHost: string;
  readonly api: Api | undefined;
  readonly clock: Clock;
}

/** Builds the app without listening. Source: AWS Lambda API reference, Invoke. */
export function createInvokeApp(
  service: LambdaService,
  { allowedHost, api, clock }: InvokeAppOptions,
): FastifyInstance {
  const now = (): number => clock.now();
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    http: { maxHeaderSize: maxHeaderBytes },
    routerOptions: { maxParamLength: 1024 },
    rewriteUrl: rewriteFunctionUrl,
    // What the router refuses never reaches the error handler.
    frameworkErrors: (error, _request, reply) => sendException(reply, error),
  });
  takeAnyBody(app);
  app.addHook("onRequest", (request, _reply, done) => done(refuseForeignHost(request, allowedHost)));
  app.setErrorHandler((error, _request, reply) => {
    sendException(reply, error);
  });
  app.setNotFoundHandler((request, reply) =>
    sendException(reply, notEmulated(operationName(request.method, request.url))),
  );
  void app.register((scope, _options, done) => {
    addManagementRoutes(scope, service);
    done();
  });
  cutCallersOnClose(app);

  app.post<InvokeRoute>("/2015-03-31/functions/:functionName/invocations", async (received, reply) => {
    const read = readInvokeRequest(received, ["Event", "RequestResponse", "DryRun"]);
    const { reference, invocationType, request } = read;
    if (invocationType === "DryRun") {
      service.findFunction(reference, request.qualifier);
      return answerDryRun(reply);
    }
    if (invocationType === "Event") {
      const requestId = service.enqueue(reference, request);
      return reply.code(202).header(names.requestId, requestId).send();
    }
    const result = await service.invoke(reference, request);
    const headers = [names.requestId, result.requestId, names.executedVersion, "$LATEST"];
    headers.push(names.traceId, formatAnsweredTraceId(result.traceId), "content-type", "application/json");
    if (result.isFunctionError) headers.push(names.functionError, "Unhandled");
    if (result.logTail !== undefined) headers.push(names.logResult, result.logTail);
    sendBytes(reply, 200, headers, result.payload);
    return reply;
  });
  addResponseStreamingRoute(app, service, answerDryRun);
  addFunctionUrlRoutes(app, service, now);
  if (api !== undefined) addApi(app, service, api, now);
  return app;
}

function answerDryRun(reply: FastifyReply): FastifyReply {
  return reply.code(204).header(names.requestId, randomUUID()).send();
}

/** A closed app lets answers go out; it does not wait for requests that are not complete. */
function cutCallersOnClose(app: FastifyInstance): void {
  const answering = new Set<ServerResponse>();
  let isClosing = false;
  const cut = (): void => app.server.closeAllConnections();
  app.addHook("preHandler", (_request, { raw }, done) => {
    answering.add(raw);
    // Also where the caller has gone, when there is neither an end nor an error.
    raw.once("close", () => {
      answering.delete(raw);
      if (isClosing && answering.size === 0) cut();
    });
    done();
  });
  app.addHook("preClose", (done) => {
    isClosing = true;
    if (answering.size === 0) cut();
    const timer = setTimeout(cut, answerGraceMs);
    app.server.once("close", () => clearTimeout(timer));
    // Never started, so never closed.
    if (!app.server.listening) clearTimeout(timer);
    done();
  });
}

function refuseForeignHost(request: FastifyRequest, allowedHost: string): Error | undefined {
  const host = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (
    host === "localhost" ||
    isFunctionUrlHost(host) ||
    host === allowedHost ||
    isIP(host.replaceAll(/^\[|\]$/g, "")) !== 0
  )
    return undefined;
  const Message = `Host "${host}" is not an address of this emulator; start it with --host to be reached under another name`;
  return new ServiceException(403, "AccessDeniedException", { Message });
}

/** Fastify's own refusals, and what nobody has foreseen, in the shape of the service's. */
function toException(error: Error & { readonly code?: string; readonly statusCode?: number }): ServiceException {
  if (error instanceof ServiceException) return error;
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") return requestTooLarge(maxRequestBytes);
  if (error instanceof EmulatorError && error.code === "CLOSED") {
    return new ServiceException(503, "ServiceException", { Type: "Service", Message: error.message });
  }
  const { message: Message, statusCode = 500 } = error;
  if (statusCode >= 500) return new ServiceException(500, "ServiceException", { Type: "Service", Message });
  return new ServiceException(statusCode, "InvalidRequestContentException", { Type: "User", message: Message });
}

function sendException(reply: FastifyReply, error: unknown): void {
  const exception = toException(error as Error);
  void reply
    .code(exception.statusCode)
    .headers(exception.headers)
    .header(names.errorType, exception.errorType)
    .header(names.requestId, randomUUID())
    .type("application/json")
    // As bytes: of a text Fastify would name the character set.
    .send(Buffer.from(JSON.stringify(exception.body)));
}
