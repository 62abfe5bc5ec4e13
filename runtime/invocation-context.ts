/** The second argument of a handler, with the fields of Lambda's managed Node.js runtime. */
import type { RuntimeEnvironment } from "./environment.ts";
import type { Invocation } from "./runtime-api-client.ts";

/** Structurally what `@types/aws-lambda` calls Context, without the retired callback members. */
export interface InvocationContext {
  readonly functionName: string;
  readonly functionVersion: string;
  /** ARN as invoked: with a qualifier only when the caller gave one. */
  readonly invokedFunctionArn: string;
  /** MiB, as a string. */
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Parsed `Lambda-Runtime-Client-Context`, sent by the mobile SDKs; otherwise undefined. */
  readonly clientContext: unknown;
  /** Parsed `Lambda-Runtime-Cognito-Identity`; otherwise undefined. */
  readonly identity: unknown;
  readonly tenantId: string | undefined;
  readonly xRayTraceId: string | undefined;
  /** Milliseconds until Lambda ends the invocation; negative once the deadline has passed. */
  getRemainingTimeInMillis(): number;
}

/** Builds the context of one invocation. Replaceable through `RuntimeOptions.contextBuilder`. */
export type ContextBuilder<Context> = (invocation: Invocation, environment: RuntimeEnvironment) => Context;

/** The default context builder. */
export function buildInvocationContext(invocation: Invocation, environment: RuntimeEnvironment): InvocationContext {
  const { deadlineMs } = invocation;
  return {
    functionName: environment.functionName,
    functionVersion: environment.functionVersion,
    invokedFunctionArn: invocation.invokedFunctionArn,
    memoryLimitInMB: environment.memoryLimitInMB,
    awsRequestId: invocation.requestId,
    logGroupName: environment.logGroupName,
    logStreamName: environment.logStreamName,
    clientContext: parseOptionalJson(invocation.clientContext),
    identity: parseOptionalJson(invocation.cognitoIdentity),
    tenantId: invocation.tenantId,
    xRayTraceId: invocation.traceId,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

function parseOptionalJson(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}
