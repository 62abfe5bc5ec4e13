/**
 * The HTTP side of the Runtime API and of all else that the processes of an environment can ask. Each environment has a
 * listener, and so a port, of its own, because not every client keeps a path prefix. `node:http` and a table of routes:
 * a framework's share would be a third of an invocation. Only translates: what is allowed when, the environment knows.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { Environment } from "../environment.ts";
import { extensionRoutes } from "../extensions/extension-routes.ts";
import { createLocalEndpoints, localEndpointRoutes, type LocalEndpoints } from "../local-endpoints.ts";
import { telemetryRoutes } from "../telemetry/telemetry-routes.ts";
import { servePlainRequests } from "../plain-http/serve-plain-requests.ts";
import { servePlainly } from "./serve-plainly.ts";
import { sendNotFound, sendRefusal, type MethodRoutes, type RuntimeApiCall } from "./runtime-api-call.ts";
import { runtimeRoutes } from "./runtime-routes.ts";

/** One environment's listener. */
export interface RuntimeApiEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens listeners. */
export interface RuntimeApiServer {
  /** Opens a port for one environment on the given address. */
  listen(environment: Environment, host: string, endpoints?: LocalEndpoints): Promise<RuntimeApiEndpoint>;
}

const invocationPath = /^(\/2018-06-01\/runtime\/invocation\/)([^/]+)(\/[a-z]+)$/;

/** Builds the routes once. */
export function createRuntimeApiServer(clock: Clock): RuntimeApiServer {
  const routes = new Map<string, MethodRoutes>(
    Object.entries({ ...runtimeRoutes, ...extensionRoutes, ...telemetryRoutes, ...localEndpointRoutes(clock) }),
  );
  const find = (path: string): { readonly methods: MethodRoutes | undefined; readonly requestId: string } => {
    const methods = routes.get(path);
    if (methods !== undefined) return { methods, requestId: "" };
    const [, start = "", requestId = "", end = ""] = invocationPath.exec(path) ?? [];
    return { methods: routes.get(`${start}{requestId}${end}`), requestId };
  };

  return {
    async listen(environment, host, endpoints = createLocalEndpoints(undefined, undefined)) {
      const serve = (request: IncomingMessage, response: ServerResponse): void => {
        const [path = ""] = (request.url ?? "").split("?", 1);
        const { methods, requestId } = find(path);
        const route = methods?.[request.method as keyof MethodRoutes] ?? methods?.other ?? sendNotFound;
        const call: RuntimeApiCall = { environment, endpoints, request, response, requestId };
        try {
          route(call)?.catch((error: unknown) => sendRefusal(call, error));
        } catch (error) {
          sendRefusal(call, error);
        }
      };
      const server = createServer(inOrder(serve));
      servePlainRequests(server, (request, response) => servePlainly(environment, request, response));
      // A runtime may wait for the next event for hours.
      server.requestTimeout = 0;
      server.keepAliveTimeout = 0;
      await listening(server, host);
      return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
    },
  };
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
