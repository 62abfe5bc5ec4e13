/** The HTTP side of the Telemetry API and the Logs API, on the port of the Runtime API. Only translates. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { identifierHeader } from "../extensions/extension-routes.ts";
import type { TelemetryApiName, TelemetryApis } from "./subscription-request.ts";

/** What the routes ask of an environment. */
export interface TelemetryApi {
  /** Those that it has. */
  readonly telemetryApis: TelemetryApis;
  /** @throws RuntimeApiRefusal */
  subscribe(api: TelemetryApiName, identifier: string | undefined, body: Buffer): void;
}

const paths: Readonly<Record<TelemetryApiName, string>> = {
  Telemetry: "/2022-07-01/telemetry",
  Logs: "/2020-08-15/logs",
};

/** Adds the routes. Source: AWS Lambda developer guide, "Telemetry API reference", "Logs API". */
export function addTelemetryRoutes(
  app: FastifyInstance,
  options: {
    readonly hostOf: (request: FastifyRequest) => TelemetryApi;
    readonly bodyOf: (request: FastifyRequest) => Buffer;
  },
): void {
  for (const [api, path] of Object.entries(paths) as [TelemetryApiName, string][]) {
    app.put(path, (request, reply) => {
      const host = options.hostOf(request);
      if (host.telemetryApis[api] === undefined) return reply.callNotFound();
      const identifier = request.headers[identifierHeader] as string | undefined;
      host.subscribe(api, identifier, options.bodyOf(request));
      void reply.type("application/json").send(Buffer.from('"OK"'));
    });
  }
}
