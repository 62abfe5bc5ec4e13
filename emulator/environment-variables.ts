/** The variables a custom runtime finds in its environment. Source: AWS Lambda developer guide, "Defined runtime
 * environment variables", and recordings of provided.al2023. */
import { randomBytes } from "node:crypto";
import type { FunctionConfiguration } from "./function-configuration.ts";
import { credentialsPath, type LocalEndpoints } from "./local-endpoints.ts";
import { formatDaemonAddress, type DaemonAddress } from "./xray/daemon-address.ts";
import type { InitializationType } from "./telemetry/platform-records.ts";

export interface EnvironmentFacts {
  /** `host:port` of the environment's own Runtime API. */
  readonly runtimeApi: string;
  readonly taskRoot: string;
  /** Where the contents of the layers are, as the bootstrap sees it. */
  readonly layersFolder: string;
  /** Stands in for `/tmp` where the environment does not have one of its own. */
  readonly temporaryFolder: string | undefined;
  readonly initializationType: InitializationType;
  readonly logStreamName: string;
  readonly endpoints: LocalEndpoints;
  /** Where the processes reach it. */
  readonly xrayDaemon: DaemonAddress | undefined;
  /** Where the processes do not have to ask for them. */
  readonly credentials: Credentials | undefined;
}

/** What the AWS SDKs sign requests with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** No AWS service accepts them. */
export const placeholderCredentials: Credentials = {
  accessKeyId: "EMULATED",
  secretAccessKey: "EMULATED",
  sessionToken: "EMULATED",
};

/** `2026/01/12/[$LATEST]` and 32 random hexadecimal digits. */
export function createLogStreamName(nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
}

/**
 * Precedence as on Lambda: what the user may override, then the user's own, then what is reserved. Nothing of the
 * caller's environment gets in, credentials least of all: without ones passed on purpose they are placeholders.
 */
export function buildEnvironmentVariables(
  configuration: FunctionConfiguration,
  {
    runtimeApi,
    taskRoot,
    layersFolder,
    temporaryFolder,
    initializationType,
    logStreamName,
    endpoints,
    xrayDaemon,
    credentials,
  }: EnvironmentFacts,
): Record<string, string> {
  const { logging, maxConcurrency } = configuration;
  return {
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    ...(xrayDaemon === undefined ? {} : { AWS_XRAY_DAEMON_ADDRESS: formatDaemonAddress(xrayDaemon) }),
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PATH: `/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:${layersFolder}/bin`,
    LD_LIBRARY_PATH: `/lib64:/usr/lib64:${taskRoot}:${taskRoot}/lib:${layersFolder}/lib`,
    ...(temporaryFolder === undefined ? {} : { TMPDIR: temporaryFolder }),
    ...configuration.environment,
    ...(xrayDaemon === undefined
      ? {}
      : { _AWS_XRAY_DAEMON_ADDRESS: xrayDaemon.host, _AWS_XRAY_DAEMON_PORT: String(xrayDaemon.port) }),
    _HANDLER: configuration.handler,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    AWS_REGION: configuration.region,
    AWS_DEFAULT_REGION: configuration.region,
    AWS_LAMBDA_METADATA_API: runtimeApi,
    AWS_LAMBDA_METADATA_TOKEN: endpoints.metadata.token,
    ...credentialVariables(credentials),
    ...(endpoints.credentials === undefined
      ? {}
      : {
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${runtimeApi}${credentialsPath}`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN: endpoints.credentials.token,
        }),
    AWS_LAMBDA_FUNCTION_NAME: configuration.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memoryMib),
    AWS_LAMBDA_INITIALIZATION_TYPE: initializationType,
    // Of a snapshot there are several environments, each with a log of its own.
    ...(initializationType === "snap-start"
      ? {}
      : {
          AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${configuration.name}`,
          AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
        }),
    ...(maxConcurrency === undefined ? {} : { AWS_LAMBDA_MAX_CONCURRENCY: String(maxConcurrency) }),
    ...(logging.format === "JSON"
      ? { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: logging.applicationLogLevel }
      : {}),
  };
}

function credentialVariables(credentials: Credentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  };
}

const notForExtensions = new Set([
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_XRAY_CONTEXT_MISSING",
  "AWS_XRAY_DAEMON_ADDRESS",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
]);

/** Those of a runtime that its extensions get as well. Source: developer guide, "Using the Lambda Extensions API". */
export function selectExtensionVariables(variables: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(variables);
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith("_") && !notForExtensions.has(name)));
}
