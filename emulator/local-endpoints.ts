/**
 * What the processes of an environment can ask for besides events, at the address of the Runtime API: each needs a token
 * that only they know. Source: AWS Lambda developer guide, "Using the Lambda metadata endpoint"; credentials as in
 * aws-lambda-runtime-interface-emulator.
 */
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Credentials } from "./environment-variables.ts";
import { RuntimeApiRefusal } from "./errors.ts";

/** One per environment. */
export interface LocalEndpoints {
  readonly metadata: { readonly token: string; readonly availabilityZoneId: string | undefined };
  /** Where they are not variables. */
  readonly credentials: { readonly token: string; readonly values: Credentials } | undefined;
}

/** With tokens of its own. */
export function createLocalEndpoints(
  availabilityZoneId: string | undefined,
  credentials: Credentials | undefined,
): LocalEndpoints {
  return {
    metadata: { token: randomUUID(), availabilityZoneId },
    credentials: credentials === undefined ? undefined : { token: randomUUID(), values: credentials },
  };
}

export const credentialsPath = "/2021-04-23/credentials";
const metadataPath = "/2026-01-15/metadata/execution-environment";
/** The answer holds for as long as an environment may live. */
const metadataCaching = "private, max-age=43200, immutable";
/** Credentials never change here; SDKs want to know when to ask again. */
const credentialsLifetimeMs = 3_600_000;

/** Adds the routes. */
export function addLocalEndpointRoutes(
  app: FastifyInstance,
  options: { readonly endpointsOf: (request: FastifyRequest) => LocalEndpoints; readonly now: () => number },
): void {
  const { endpointsOf, now } = options;
  app.all(metadataPath, (request, reply) => {
    const { token, availabilityZoneId } = endpointsOf(request).metadata;
    if (request.method !== "GET") return sendText(reply, 405, "Method Not Allowed\n");
    if (request.headers.authorization !== `Bearer ${token}`) return sendText(reply, 401, "Unauthorized\n");
    if (availabilityZoneId === undefined) throw refuseMetadata();
    const body = Buffer.from(JSON.stringify({ AvailabilityZoneID: availabilityZoneId }));
    return reply.header("Cache-Control", metadataCaching).type("application/json").send(body);
  });
  app.get(credentialsPath, (request, reply) => {
    const { credentials } = endpointsOf(request);
    if (credentials === undefined) return reply.callNotFound();
    const { token, values } = credentials;
    if (request.headers.authorization !== token) {
      return sendText(reply, 404, "cannot get credentials for the provided token\n");
    }
    return sendText(
      reply,
      200,
      JSON.stringify({
        AccessKeyId: values.accessKeyId,
        SecretAccessKey: values.secretAccessKey,
        Token: values.sessionToken ?? "",
        Expiration: new Date(now() + credentialsLifetimeMs).toISOString(),
      }),
    );
  });
}

function refuseMetadata(): RuntimeApiRefusal {
  const message = "The availability zone is not emulated: availabilityZoneId of the emulator says which one it is";
  return new RuntimeApiRefusal(501, "NotEmulated", message);
}

function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type("text/plain; charset=utf-8").send(text);
}
