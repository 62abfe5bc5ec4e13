/**
 * The HTTP side of the Lambda service: what an AWS SDK or the aws CLI talks to, and all that leads to functions. Requests to
 * functions go past Fastify (`data-plane.ts`).
 */
import { createServer, type RequestListener } from "node:http";
import { isIP } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import type { Clock } from "./clock.ts";
import { findHandler, serveDataPlane, type DataPlaneRoute } from "./data-plane.ts";
import { ServiceException } from "./errors.ts";
import { apiRoute, type Api } from "./http/api.ts";
import { functionUrlRoute, isFunctionUrlHost } from "./http/function-url.ts";
import { headerOf, type RequestHead } from "./request-head.ts";
import { invokeRoute } from "./invoke-route.ts";
import { operationName } from "./lambda-operations.ts";
import type { LambdaService } from "./lambda-service.ts";
import { maxHeaderBytes } from "./limits.ts";
import { addManagementRoutes } from "./management-routes.ts";
import type { Answering } from "./answering.ts";
import { servePlainRequests } from "./plain-http/serve-plain-requests.ts";
import { sendException } from "./send-exception.ts";
import { notEmulated } from "./service-refusals.ts";
import { responseStreamingRoute } from "./streaming/response-streaming-route.ts";

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

/** Builds the app without listening. */
export function createInvokeApp(
  service: LambdaService,
  { allowedHost, api, clock }: InvokeAppOptions,
): FastifyInstance {
  const now = (): number => clock.now();
  const routes: DataPlaneRoute[] = [
    functionUrlRoute(service, now),
    invokeRoute(service),
    responseStreamingRoute(service),
    ...(api === undefined ? [] : [apiRoute(service, api, now)]),
  ];
  const app = fastify({
    routerOptions: { maxParamLength: 1024 },
    // What the router refuses never reaches the error handler.
    frameworkErrors: (error, _request, reply) => sendException(reply.hijack().raw, error),
    serverFactory(otherwise, { keepAliveTimeout = 0, requestTimeout = 0 }) {
      const serve = serveDataPlane({ routes, onComplete: (response) => answers.track(response), otherwise });
      const isForUs = hostCheck(allowedHost);
      const server = createServer({ maxHeaderSize: maxHeaderBytes }, refuseForeignHosts(isForUs, serve));
      servePlainRequests(server, (request, answer) => {
        const handler = isForUs(request) ? findHandler(routes, request) : undefined;
        if (handler === undefined) return false;
        answers.track(answer);
        const call = { request, response: answer, body: request.body };
        handler(call).catch((error: unknown) => sendException(answer, error));
        return true;
      });
      return Object.assign(server, { keepAliveTimeout, requestTimeout });
    },
  });
  const answers = cutCallersOnClose(app);
  // Lambda does not look at what callers call their bodies.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("preHandler", (_request, { raw }, done) => {
    answers.track(raw);
    done();
  });
  app.setErrorHandler((error, _request, reply) => sendException(reply.hijack().raw, error));
  app.setNotFoundHandler((request, reply) =>
    sendException(reply.hijack().raw, notEmulated(operationName(request.method, request.url))),
  );
  void app.register((scope, _options, done) => {
    addManagementRoutes(scope, service);
    done();
  });
  return app;
}

/** A closed app lets answers go out; it does not wait for requests that are not complete. */
function cutCallersOnClose(app: FastifyInstance): { readonly track: (response: Answering) => void } {
  let answering = 0;
  let isClosing = false;
  const cut = (): void => app.server.closeAllConnections();
  app.addHook("preClose", (done) => {
    isClosing = true;
    if (answering === 0) cut();
    const timer = setTimeout(cut, answerGraceMs);
    app.server.once("close", () => clearTimeout(timer));
    // Never started, so never closed.
    if (!app.server.listening) clearTimeout(timer);
    done();
  });
  return {
    track(response) {
      answering++;
      // Also where the caller has gone, when there is neither an end nor an error.
      response.once("close", () => {
        answering--;
        if (isClosing && answering === 0) cut();
      });
    },
  };
}

/** 403 for names that are neither this machine's nor a function's. */
function refuseForeignHosts(isForUs: (request: RequestHead) => boolean, listener: RequestListener): RequestListener {
  return (request, response) => {
    if (isForUs(request)) return listener(request, response);
    const Message = `Host "${hostOf(request)}" is not an address of this emulator; start it with --host to be reached under another name`;
    sendException(response, new ServiceException(403, "AccessDeniedException", { Message }));
  };
}

/** Whether the Host header is a name of ours. The last one is remembered: callers use the same again and again. */
function hostCheck(allowedHost: string): (request: RequestHead) => boolean {
  let lastOwn: string | undefined;
  return (request) => {
    const header = headerOf(request, "host");
    if (header !== undefined && header === lastOwn) return true;
    if (!isOwn(hostOf(request), allowedHost)) return false;
    lastOwn = header;
    return true;
  };
}

/** Without the port. */
function hostOf(request: RequestHead): string {
  return (headerOf(request, "host") ?? "").replace(/:\d+$/, "").toLowerCase();
}

function isOwn(host: string, allowedHost: string): boolean {
  return (
    host === "localhost" ||
    host === allowedHost ||
    isFunctionUrlHost(host) ||
    isIP(host.replaceAll(/^\[|\]$/g, "")) !== 0
  );
}
