/** The HTTP side of the Extensions API, on the port of the Runtime API. Only translates. */
import { headerOf } from "../request-head.ts";
import {
  sendAccepted,
  sendJson,
  withBody,
  type RuntimeApiRoute,
  type RuntimeApiRoutes,
} from "../runtime-api/runtime-api-call.ts";

/** Identifier of the caller, as all calls but the first carry it. */
export const identifierHeader = "lambda-extension-identifier";
const prefix = "/2020-01-01/extension";

const register = withBody((call, body) => {
  const features = headerOf(call.request, "lambda-extension-accept-feature") ?? "";
  const { identifier, answer } = call.environment.host.register(
    headerOf(call.request, "lambda-extension-name"),
    body,
    features.split(",").map((each) => each.trim()),
  );
  sendJson(call, answer, ["Lambda-Extension-Identifier", identifier]);
});

const next: RuntimeApiRoute = (call) => {
  const stopWaiting = call.environment.host.next(headerOf(call.request, identifierHeader), (event) =>
    sendJson(call, event, ["Lambda-Extension-Event-Identifier", crypto.randomUUID()]),
  );
  call.response.once("close", stopWaiting);
};

function error(kind: "init" | "exit"): RuntimeApiRoute {
  return withBody((call) => {
    const errorType = headerOf(call.request, "lambda-extension-function-error-type");
    call.environment.host.reportError(kind, headerOf(call.request, identifierHeader), errorType);
    sendAccepted(call);
  });
}

/** Source: AWS Lambda developer guide, "Extensions API reference". */
export const extensionRoutes: RuntimeApiRoutes = {
  [`${prefix}/register`]: { POST: register },
  [`${prefix}/event/next`]: { GET: next },
  [`${prefix}/init/error`]: { POST: error("init") },
  [`${prefix}/exit/error`]: { POST: error("exit") },
};
