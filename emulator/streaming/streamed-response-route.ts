/** `POST …/response` with `Lambda-Runtime-Function-Response-Mode: streaming`: the body is passed on while it arrives. */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sentContentType } from "../any-body.ts";
import { runtimeApiHeaders as names } from "../lambda-protocol.ts";
import type { ResponseSource } from "./streamed-response.ts";

/** Takes the response; resolves when it is complete. Rejects with RuntimeApiRefusal. */
export type TakeStreamedResponse = (request: FastifyRequest, source: ResponseSource) => Promise<void>;

const responseModeHeader = names.responseMode.toLowerCase();
const errorBodyTrailer = names.errorBody.toLowerCase();

const streaming = "streaming";
const responsePath = /\/invocation\/([^/?]+)\/response/;

/**
 * What Fastify's router needs to tell the two modes of one URL apart.
 *
 * @param isStreamingInvoke whether the caller of an invocation takes the answer while it is made: then it is passed
 *   on also where the runtime does not say that it streams, as aws-lambda-go does not. Source: `directinvoke.go` of
 *   aws-lambda-runtime-interface-emulator
 */
export function responseModeConstraint(isStreamingInvoke: (requestId: string, request: IncomingMessage) => boolean) {
  return {
    name: "responseMode",
    storage: () => {
      const routes = new Map<string, never>();
      return {
        get: (mode: string): never | null => routes.get(mode) ?? null,
        set: (mode: string, route: never): void => void routes.set(mode, route),
      };
    },
    // Where it is none the router asks for routes without the constraint.
    deriveConstraint(request: IncomingMessage): string {
      const mode = request.headers[responseModeHeader];
      const requestId = mode === undefined ? responsePath.exec(request.url ?? "")?.[1] : undefined;
      return requestId !== undefined && isStreamingInvoke(requestId, request) ? streaming : (mode as string);
    },
  };
}

/** Adds the route in a scope of its own, where bodies are left as they come. */
export function addStreamedResponseRoute(
  app: FastifyInstance,
  url: string,
  take: TakeStreamedResponse,
  accept: (reply: FastifyReply) => void,
): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _body, parsed) => parsed(null));
    scope.post(url, { constraints: { responseMode: streaming } }, async (request, reply) => {
      await take(request, sourceOf(request.raw));
      accept(reply);
      return reply;
    });
    done();
  });
}

function sourceOf(body: IncomingMessage): ResponseSource {
  return {
    contentType: sentContentType(body) ?? (responseModeHeader in body.headers ? "application/octet-stream" : undefined),
    body,
    errorBody() {
      const encoded = body.trailers[errorBodyTrailer];
      return encoded === undefined ? undefined : Buffer.from(encoded, "base64");
    },
  };
}
