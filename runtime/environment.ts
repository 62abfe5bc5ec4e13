/** Reads what Lambda puts into the process environment. The only file of the runtime that touches `process.env`. */
/* oxlint-disable node/no-process-env */
import { RuntimeApiError } from "./errors.ts";
import { logLevels, type LogLevel } from "./log-level.ts";

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
  /** `snap-start` changes how the environment begins (`AWS_LAMBDA_INITIALIZATION_TYPE`). @default "on-demand" */
  readonly initializationType?: string | undefined;
  /** Invocations at the same time (`AWS_LAMBDA_MAX_CONCURRENCY`). @default one, the classic way */
  readonly maxConcurrency?: number | undefined;
  /** Threads that share them (`AWS_LAMBDA_NODEJS_WORKER_COUNT`). @default one, without worker threads */
  readonly workerCount?: number | undefined;
  /** How `console` writes. @default text, every level, standard output */
  readonly log?: LogSettings | undefined;
  /** All variables, for the initialiser. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Publishes the trace id of the current invocation (`_X_AMZN_TRACE_ID`); undefined clears it. */
  setTraceId(traceId: string | undefined): void;
}

/** Source: AWS Lambda developer guide, "Configuring advanced logging controls". */
export interface LogSettings {
  /** `AWS_LAMBDA_LOG_FORMAT` */
  readonly format: "Text" | "JSON";
  /** The least level that is written (`AWS_LAMBDA_LOG_LEVEL`). @default all */
  readonly level?: LogLevel | undefined;
  /** File descriptor for framed entries instead of lines on standard output (`_LAMBDA_TELEMETRY_LOG_FD`). */
  readonly telemetryDescriptor?: number | undefined;
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
    initializationType: variables["AWS_LAMBDA_INITIALIZATION_TYPE"],
    maxConcurrency: readCount(variables["AWS_LAMBDA_MAX_CONCURRENCY"]),
    workerCount: readCount(variables["AWS_LAMBDA_NODEJS_WORKER_COUNT"]),
    log: readLogSettings(variables),
    variables,
    setTraceId(traceId) {
      if (traceId === undefined) delete variables["_X_AMZN_TRACE_ID"];
      else variables["_X_AMZN_TRACE_ID"] = traceId;
    },
  };
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined;
}

function readLogSettings(variables: Record<string, string | undefined>): LogSettings {
  const level = variables["AWS_LAMBDA_LOG_LEVEL"]?.toUpperCase();
  const descriptor = variables["_LAMBDA_TELEMETRY_LOG_FD"];
  // Meant for this process alone: a program that the handler starts must not write there.
  delete variables["_LAMBDA_TELEMETRY_LOG_FD"];
  return {
    format: variables["AWS_LAMBDA_LOG_FORMAT"]?.toUpperCase() === "JSON" ? "JSON" : "Text",
    level: logLevels.find((each) => each === level),
    telemetryDescriptor: descriptor !== undefined && /^\d{1,6}$/.test(descriptor) ? Number(descriptor) : undefined,
  };
}
