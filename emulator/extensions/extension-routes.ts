/** The HTTP side of the Extensions API, on the port of the Runtime API. Only translates. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ExtensionEvent, ExtensionListener } from "./extension.ts";

/** What a registration is answered. */
export interface Registration {
  readonly identifier: string;
  readonly answer: object;
}

/** What the routes ask of an environment. All throw RuntimeApiRefusal. */
export interface ExtensionsApi {
  register(name: string | undefined, body: Buffer, features: readonly string[]): Registration;
  /** Returns how to stop waiting. */
  next(identifier: string | undefined, listener: ExtensionListener): () => void;
  reportError(kind: "init" | "exit", identifier: string | undefined, errorType: string | undefined): void;
}

export interface ExtensionRouteOptions {
  readonly hostOf: (request: FastifyRequest) => ExtensionsApi;
  readonly bodyOf: (request: FastifyRequest) => Buffer;
  readonly sendAccepted: (reply: FastifyReply) => void;
}

/** Identifier of the caller, as all calls but the first carry it. */
export const identifierHeader = "lambda-extension-identifier";
const prefix = "/2020-01-01/extension";

/** Adds the routes. Source: AWS Lambda developer guide, "Extensions API reference". */
export function addExtensionRoutes(app: FastifyInstance, options: ExtensionRouteOptions): void {
  const { hostOf, bodyOf, sendAccepted } = options;
  app.post(`${prefix}/register`, (request, reply) => {
    const features = headerOf(request, "lambda-extension-accept-feature") ?? "";
    const { identifier, answer } = hostOf(request).register(
      headerOf(request, "lambda-extension-name"),
      bodyOf(request),
      features.split(",").map((each) => each.trim()),
    );
    void reply.header("Lambda-Extension-Identifier", identifier).type("application/json").send(toBody(answer));
  });
  app.get(`${prefix}/event/next`, (request, reply) => {
    const stopWaiting = hostOf(request).next(headerOf(request, identifierHeader), (event) => sendEvent(reply, event));
    reply.raw.once("close", stopWaiting);
  });
  for (const kind of ["init", "exit"] as const) {
    app.post(`${prefix}/${kind}/error`, (request, reply) => {
      const errorType = headerOf(request, "lambda-extension-function-error-type");
      hostOf(request).reportError(kind, headerOf(request, identifierHeader), errorType);
      sendAccepted(reply);
    });
  }
}

function sendEvent(reply: FastifyReply, event: ExtensionEvent): void {
  void reply
    .header("Lambda-Extension-Event-Identifier", crypto.randomUUID())
    .type("application/json")
    .send(toBody(event));
}

/** As bytes: of a text Fastify would name the character set. */
function toBody(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
