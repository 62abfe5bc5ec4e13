/** The two requests of every invocation, where they come plain. */
import type { Environment } from "../environment.ts";
import type { PlainAnswer } from "../plain-http/plain-answer.ts";
import type { PlainRequest } from "../plain-http/plain-request.ts";
import { sendRefusal, type InvocationCall } from "./runtime-api-call.ts";
import { isStreamed, next, takeResponse } from "./runtime-routes.ts";

const path = /^\/2018-06-01\/runtime\/invocation\/(?:next$|([^/?]+)\/response$)/;

/** False for others, of which `runtime-api-server.ts` has the table. */
export function servePlainly(environment: Environment, request: PlainRequest, response: PlainAnswer): boolean {
  const [found, requestId = ""] = path.exec(request.url) ?? [];
  const isNext = requestId === "";
  if (found === undefined || request.method !== (isNext ? "GET" : "POST")) return false;
  const call: InvocationCall = { environment, request, response, requestId };
  if (!isNext && isStreamed(call)) return false;
  try {
    if (isNext) next(call);
    else takeResponse(call, request.body);
  } catch (error) {
    sendRefusal(call, error);
  }
  return true;
}
