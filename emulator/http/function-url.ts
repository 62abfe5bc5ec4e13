/** Function URLs: under a path of the emulator, and under host names of their own. */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { ServiceException } from "../errors.ts";
import type { FunctionEntry, LambdaService } from "../lambda-service.ts";
import { frontEndMethods, serveFrontEnd, type FrontEnd } from "./front-end.ts";
import { functionUrlAnswer } from "./function-url-answer.ts";
import { functionUrlEvent } from "./function-url-event.ts";
import { readHttpRequest } from "./read-http-request.ts";

const pathPrefix = "/lambda-url";
/** What a function does not see of its path; the name may be percent-encoded. */
const ownPath = /^\/lambda-url\/[^/?]*/;
/** `<function>.lambda-url.localhost`, which leads to this machine, or Lambda's own names for those who make it do so. */
const hostPattern = /^([a-z0-9_-]{1,64})\.lambda-url\.(?:localhost|[a-z0-9-]+\.on\.aws)(?::\d+)?$/i;

/** The function's URL below the address of an emulator. */
export function functionUrlOf(origin: string, functionName: string): string {
  return `${origin}${pathPrefix}/${functionName}/`;
}

/** Whether a Host header is that of a function URL. Nobody else's web page can get such a name. */
export function isFunctionUrlHost(host: string): boolean {
  return hostPattern.test(host);
}

/** The path form of a request that names the function in its Host header. */
export function rewriteFunctionUrl({ url = "/", headers: { host = "" } }: IncomingMessage): string {
  const functionName = hostPattern.exec(host)?.[1];
  return functionName === undefined ? url : `${pathPrefix}/${functionName}${url}`;
}

/** Adds the routes. Bodies must have been read. */
export function addFunctionUrlRoutes(app: FastifyInstance, service: LambdaService, now: () => number): void {
  for (const url of [`${pathPrefix}/:functionName`, `${pathPrefix}/:functionName/*`]) {
    app.route<{ Params: { functionName: string } }>({
      method: [...frontEndMethods],
      url,
      async handler(received, reply) {
        const { configuration } = findByUrl(service, received.params.functionName);
        const { invokeMode, cors } = configuration.url;
        const request = readHttpRequest(received, {
          pathPrefix: ownPath.exec(received.raw.url ?? "")?.[0] ?? "",
          configuration,
          nowMs: now(),
        });
        const frontEnd: FrontEnd = {
          toEvent: (each) => functionUrlEvent(each, { urlId: configuration.name }),
          toAnswer: functionUrlAnswer,
          cors,
          isStreaming: invokeMode === "RESPONSE_STREAM",
        };
        await serveFrontEnd(service, configuration.name, frontEnd, { request, reply });
        return reply;
      },
    });
  }
}

/** Host names have no upper case. An unknown URL is forbidden, as recorded on AWS. */
function findByUrl(service: LambdaService, functionName: string): FunctionEntry {
  const wanted = functionName.toLowerCase();
  const found = service.functions.find(
    ({ configuration: { name } }) => name === functionName || name.toLowerCase() === wanted,
  );
  if (found !== undefined) return found;
  throw new ServiceException(403, "AccessDeniedException", { Message: null });
}
