/** The variables a custom runtime finds in its environment. Source: AWS Lambda developer guide, "Defined runtime
 * environment variables", and recordings of provided.al2023. */
import { randomBytes } from "node:crypto";
import type { FunctionConfiguration } from "./function-configuration.ts";

export interface EnvironmentFacts {
  /** `host:port` of the environment's own Runtime API. */
  readonly runtimeApi: string;
  readonly taskRoot: string;
  /** Where the contents of the layers are, as the bootstrap sees it. */
  readonly layersFolder: string;
  /** Stands in for `/tmp` where the environment does not have one of its own. */
  readonly temporaryFolder: string | undefined;
  readonly initializationType: "on-demand" | "provisioned-concurrency";
  readonly logStreamName: string;
}

/** `2026/01/12/[$LATEST]` and 32 random hexadecimal digits. */
export function createLogStreamName(nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
}

/**
 * Precedence as on Lambda: what the user may override, then the user's own, then what is reserved. Nothing of the
 * caller's environment gets in, credentials least of all; those given are placeholders that no AWS service accepts.
 */
export function buildEnvironmentVariables(
  configuration: FunctionConfiguration,
  { runtimeApi, taskRoot, layersFolder, temporaryFolder, initializationType, logStreamName }: EnvironmentFacts,
): Record<string, string> {
  const { logging } = configuration;
  return {
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PATH: `/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:${layersFolder}/bin`,
    LD_LIBRARY_PATH: `/lib64:/usr/lib64:${taskRoot}:${taskRoot}/lib:${layersFolder}/lib`,
    ...(temporaryFolder === undefined ? {} : { TMPDIR: temporaryFolder }),
    ...configuration.environment,
    _HANDLER: configuration.handler,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    AWS_REGION: configuration.region,
    AWS_DEFAULT_REGION: configuration.region,
    AWS_ACCESS_KEY_ID: "EMULATED",
    AWS_SECRET_ACCESS_KEY: "EMULATED",
    AWS_SESSION_TOKEN: "EMULATED",
    AWS_LAMBDA_FUNCTION_NAME: configuration.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memoryMib),
    AWS_LAMBDA_INITIALIZATION_TYPE: initializationType,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${configuration.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    ...(logging.format === "JSON"
      ? { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: logging.applicationLogLevel }
      : {}),
  };
}
