/** Which environment variables a function may have. */
import { EmulatorError } from "./errors.ts";

/** Names that CreateFunction refuses (AWS Lambda developer guide, "Working with environment variables"). */
const reservedVariables: ReadonlySet<string> = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
  "AWS_LAMBDA_MAX_CONCURRENCY",
  "AWS_LAMBDA_METADATA_API",
  "AWS_LAMBDA_METADATA_TOKEN",
]);
/** All of them together, names and values (developer guide, "Lambda quotas"). */
const maxBytes = 4096;

/** @throws EmulatorError `BAD_OPTIONS` for what CreateFunction refuses */
export function checkUserVariables(functionName: string, variables: Readonly<Record<string, string>>): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(variables)) {
    if (reservedVariables.has(name))
      throw badVariable(`Lambda reserves ${name}: function ${functionName} cannot set it`);
    if (!/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name)) throw badVariable(`Lambda does not accept a variable named "${name}"`);
    if (typeof value !== "string") throw badVariable(`Function ${functionName}: the value of ${name} must be a string`);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes <= maxBytes) return;
  throw badVariable(`Function ${functionName}: its variables have ${bytes} bytes, and Lambda accepts ${maxBytes}`);
}

function badVariable(message: string): EmulatorError {
  return new EmulatorError("BAD_OPTIONS", message);
}
