/** Function URLs: under a path of the emulator, and under host names of their own. */
import type { DataPlaneRoute } from "../data-plane.ts";
import { ServiceException } from "../errors.ts";
import { headerOf } from "../request-head.ts";
import type { FunctionEntry, LambdaService } from "../lambda-service.ts";
import { frontEndMethods, serveFrontEnd, type FrontEnd, type StreamingRules } from "./front-end.ts";
import { functionUrlAnswer } from "./function-url-answer.ts";
import { functionUrlEvent } from "./function-url-event.ts";
import { urlHeaderRules } from "./header-rules.ts";
import { percentDecode } from "./percent-decoding.ts";
import { readHttpRequest } from "./read-http-request.ts";
import { ownAnswer } from "./structured-answer.ts";

/** What did not stream goes out as it is. */
const streaming: StreamingRules = {
  needsPrelude: false,
  headers: urlHeaderRules,
  failed: ownAnswer(502, "text/plain", "Internal Server Error"),
};

/** What a function does not see of its path; the name may be percent-encoded. */
const ownPath = /^\/lambda-url\/([^/?]+)/;
/** `<function>.lambda-url.localhost`, which leads to this machine, or Lambda's own names for those who make it do so. */
const hostPattern = /^([a-z0-9_-]{1,64})\.lambda-url\.(?:localhost|[a-z0-9-]+\.on\.aws)(?::\d+)?$/i;

/** The function's URL below the address of an emulator. */
export function functionUrlOf(origin: string, functionName: string): string {
  return `${origin}/lambda-url/${functionName}/`;
}

/** Whether a Host header is that of a function URL. Nobody else's web page can get such a name. */
export function isFunctionUrlHost(host: string): boolean {
  return hostPattern.test(host);
}

/** Takes what a Host header or a path leads to a function. */
export function functionUrlRoute(service: LambdaService, now: () => number): DataPlaneRoute {
  return (head, stream) => {
    const { method, url = "/" } = head;
    const host = headerOf(head, "host") ?? "";
    const ofHost = hostPattern.exec(host)?.[1];
    const [pathPrefix = "", ofPath] = ofHost === undefined ? (ownPath.exec(url) ?? []) : [];
    const functionName = ofHost ?? ofPath;
    if (functionName === undefined || !frontEndMethods.has(method)) return undefined;
    const found = findByUrl(service, functionName);
    const isStreamed = found?.configuration.url.invokeMode === "RESPONSE_STREAM";
    const streamed = isStreamed ? stream : undefined;
    if (isStreamed && streamed === undefined) return "needs-stream";
    return async (call) => {
      if (found === undefined) throw new ServiceException(403, "AccessDeniedException", { Message: null });
      const { configuration } = found;
      const request = readHttpRequest(call, { pathPrefix, configuration, nowMs: now() });
      const frontEnd: FrontEnd = {
        toEvent: (each) => functionUrlEvent(each, { urlId: configuration.name }),
        toAnswer: functionUrlAnswer,
        cors: configuration.url.cors,
        streaming: streamed && { ...streaming, response: streamed },
      };
      await serveFrontEnd(service, configuration.name, frontEnd, { request, response: call.response });
    };
  };
}

/** Host names have no upper case. An unknown URL is forbidden, as recorded on AWS. */
function findByUrl(service: LambdaService, encodedName: string): FunctionEntry | undefined {
  const functionName = percentDecode(encodedName);
  const wanted = functionName.toLowerCase();
  return service.functions.find(
    ({ configuration: { name } }) => name === functionName || name.toLowerCase() === wanted,
  );
}
