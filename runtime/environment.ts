/** Reads what Lambda puts into the process environment. The only file of the runtime that touches `process.env`. */
/* oxlint-disable node/no-process-env */
import { RuntimeApiError } from "./errors.ts";

/**
 * The environment of a function, read once. Replaceable, so that a runtime can be run without changing the process.
 * Names and meanings: AWS Lambda developer guide, "Defined runtime environment variables".
 */
export interface RuntimeEnvironment {
  /** `host:port` of the Runtime API (`AWS_LAMBDA_RUNTIME_API`). */
  readonly runtimeApi: string;
  readonly functionName: string;
  readonly functionVersion: string;
  /** MiB, as a string, the way the managed runtimes hand it on. */
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** All variables, for the initialiser. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Publishes the trace id of the current invocation (`_X_AMZN_TRACE_ID`); undefined clears it. */
  setTraceId(traceId: string | undefined): void;
}

/**
 * Reads the environment of this process.
 *
 * @throws RuntimeApiError `BAD_ENVIRONMENT` when `AWS_LAMBDA_RUNTIME_API` is not set.
 */
export function readEnvironment(): RuntimeEnvironment {
  const variables = process.env;
  const runtimeApi = variables["AWS_LAMBDA_RUNTIME_API"];
  if (runtimeApi === undefined || runtimeApi === "") {
    throw new RuntimeApiError(
      "BAD_ENVIRONMENT",
      "AWS_LAMBDA_RUNTIME_API is not set. This program is a Lambda bootstrap: start it with `npx emulate`, or deploy it",
    );
  }
  return {
    runtimeApi,
    functionName: variables["AWS_LAMBDA_FUNCTION_NAME"] ?? "",
    functionVersion: variables["AWS_LAMBDA_FUNCTION_VERSION"] ?? "",
    memoryLimitInMB: variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] ?? "",
    logGroupName: variables["AWS_LAMBDA_LOG_GROUP_NAME"] ?? "",
    logStreamName: variables["AWS_LAMBDA_LOG_STREAM_NAME"] ?? "",
    variables,
    setTraceId(traceId) {
      if (traceId === undefined) delete variables["_X_AMZN_TRACE_ID"];
      else variables["_X_AMZN_TRACE_ID"] = traceId;
    },
  };
}
