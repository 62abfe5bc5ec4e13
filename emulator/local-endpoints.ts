/**
 * What the processes of an environment can ask for besides events, at the address of the Runtime API: each needs a token
 * that only they know. Source: AWS Lambda developer guide, "Using the Lambda metadata endpoint"; credentials as in
 * aws-lambda-runtime-interface-emulator.
 */
import { headerOf } from "./request-head.ts";
import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { Credentials } from "./environment-variables.ts";
import { RuntimeApiRefusal } from "./errors.ts";
import {
  sendJson,
  sendNotFound,
  sendText,
  type RuntimeApiRoute,
  type RuntimeApiRoutes,
} from "./runtime-api/runtime-api-call.ts";

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

const metadata: RuntimeApiRoute = (call) => {
  const { token, availabilityZoneId } = call.endpoints.metadata;
  if (headerOf(call.request, "authorization") !== `Bearer ${token}`) return sendText(call, 401, "Unauthorized\n");
  if (availabilityZoneId === undefined) throw refuseMetadata();
  sendJson(call, { AvailabilityZoneID: availabilityZoneId }, ["Cache-Control", metadataCaching]);
};

/** The routes. */
export function localEndpointRoutes(clock: Clock): RuntimeApiRoutes {
  const credentials: RuntimeApiRoute = (call) => {
    if (call.endpoints.credentials === undefined) return sendNotFound(call);
    const { token, values } = call.endpoints.credentials;
    if (headerOf(call.request, "authorization") !== token) {
      return sendText(call, 404, "cannot get credentials for the provided token\n");
    }
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token = "" } = values;
    const Expiration = new Date(clock.now() + credentialsLifetimeMs).toISOString();
    sendText(call, 200, JSON.stringify({ AccessKeyId, SecretAccessKey, Token, Expiration }));
  };
  return {
    [metadataPath]: { GET: metadata, other: (call) => sendText(call, 405, "Method Not Allowed\n") },
    [credentialsPath]: { GET: credentials },
  };
}

function refuseMetadata(): RuntimeApiRefusal {
  const message = "The availability zone is not emulated: availabilityZoneId of the emulator says which one it is";
  return new RuntimeApiRefusal(501, "NotEmulated", message);
}
