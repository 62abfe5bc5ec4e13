/** The HTTP side of the Telemetry API and the Logs API, on the port of the Runtime API. Only translates. */
import { headerOf } from "../request-head.ts";
import { identifierHeader } from "../extensions/extension-routes.ts";
import {
  sendJson,
  sendNotFound,
  withBody,
  type RuntimeApiRoute,
  type RuntimeApiRoutes,
} from "../runtime-api/runtime-api-call.ts";
import type { TelemetryApiName } from "./subscription-request.ts";

function subscribe(api: TelemetryApiName): RuntimeApiRoute {
  return withBody((call, body) => {
    const { host } = call.environment;
    if (host.telemetryApis[api] === undefined) return sendNotFound(call);
    host.subscribe(api, headerOf(call.request, identifierHeader), body);
    sendJson(call, "OK");
  });
}

/** Source: AWS Lambda developer guide, "Telemetry API reference", "Logs API". */
export const telemetryRoutes: RuntimeApiRoutes = {
  "/2022-07-01/telemetry": { PUT: subscribe("Telemetry") },
  "/2020-08-15/logs": { PUT: subscribe("Logs") },
};
