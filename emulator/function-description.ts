/** A function as the management routes of the Lambda API describe it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { FunctionConfiguration } from "./function-configuration.ts";

/** What a function is made from. */
export interface FunctionCode {
  /** The archive, bundle or executable. */
  readonly codePath: string;
  readonly architecture: "x86_64" | "arm64";
  readonly runtime: string;
}

/**
 * `FunctionConfiguration` of the API, with what SDKs and the waiters `function-active` and `function-updated` look at.
 * Source: AWS Lambda API reference, FunctionConfiguration.
 */
export async function describeFunction(configuration: FunctionConfiguration, code: FunctionCode): Promise<object> {
  const [{ size, mtime }, digest] = await Promise.all([stat(code.codePath), hashFile(code.codePath)]);
  const { name, arn, handler, timeoutMs, memoryMib, environment, logging, isSnapStart, xrayDaemon } = configuration;
  return {
    FunctionName: name,
    FunctionArn: arn,
    Runtime: code.runtime,
    // There is no IAM here; an account of its own keeps the ARN well formed.
    Role: arn.replace(/^arn:aws:lambda:[^:]+:(\d+):.*$/, "arn:aws:iam::$1:role/emulated"),
    Handler: handler,
    CodeSize: size,
    CodeSha256: digest.toString("base64"),
    Description: "",
    Timeout: Math.ceil(timeoutMs / 1000),
    MemorySize: memoryMib,
    LastModified: mtime.toISOString().replace("Z", "+0000"),
    Version: "$LATEST",
    RevisionId: revisionId(digest),
    Environment: { Variables: environment },
    TracingConfig: { Mode: xrayDaemon === undefined ? "PassThrough" : "Active" },
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: [code.architecture],
    EphemeralStorage: { Size: 512 },
    SnapStart: isSnapStart
      ? { ApplyOn: "PublishedVersions", OptimizationStatus: "On" }
      : { ApplyOn: "None", OptimizationStatus: "Off" },
    LoggingConfig: {
      LogFormat: logging.format,
      ...(logging.format === "JSON"
        ? { ApplicationLogLevel: logging.applicationLogLevel, SystemLogLevel: logging.systemLogLevel }
        : {}),
      LogGroup: `/aws/lambda/${name}`,
    },
  };
}

async function hashFile(path: string): Promise<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest();
}

/** Changes with the code, and only then: the configuration of an emulated function never does. */
function revisionId(digest: Buffer): string {
  return digest.toString("hex", 0, 16).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
