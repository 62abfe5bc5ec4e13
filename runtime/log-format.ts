/** Log lines as the managed Node.js runtime writes them: text with tabs, or JSON. */
import { describeError, describeValue, isError } from "./error-document.ts";
import type { LogLevel } from "./log-level.ts";

/** When, and for whom, a line is written. */
export interface LogOrigin {
  readonly timestamp: string;
  readonly requestId: string;
  readonly tenantId: string | undefined;
  readonly level: LogLevel;
}

type Format = (message: unknown, ...params: unknown[]) => string;
/** `util.format`, loaded by the first line. */
let formatMessage: Format | undefined;

/** For engines without `node:util`. */
const joinValues: Format = (...values) =>
  values.map((each) => (isError(each) && each.stack) || describeValue(each)).join(" ");

function format(message: unknown, ...params: unknown[]): string {
  formatMessage ??= (process.getBuiltinModule("node:util") as { format: Format } | undefined)?.format ?? joinValues;
  return formatMessage(message, ...params);
}

/** `time\trequestId\tlevel\tmessage`; the message as `util.format` makes it. */
export function formatTextLine(
  { timestamp, requestId, level }: LogOrigin,
  message: unknown,
  params: unknown[],
): string {
  return `${timestamp}\t${requestId}\t${level}\t${format(message, ...params)}`;
}

/** `{"timestamp","level","requestId"[,"tenantId"],"message"[,"errorType","errorMessage","stackTrace"]}` */
export function formatJsonLine(
  { timestamp, requestId, tenantId, level }: LogOrigin,
  message: unknown,
  params: unknown[],
): string {
  const line: Record<string, unknown> = { timestamp, level, requestId };
  if (tenantId !== undefined && tenantId !== "") line["tenantId"] = tenantId;
  if (params.length === 0) {
    try {
      // A single value stays what it is: objects are searched by their members.
      return JSON.stringify({ ...line, message }, replaceErrors);
    } catch {
      return JSON.stringify({ ...line, message: format(message) });
    }
  }
  line["message"] = format(message, ...params);
  const error = params.find(isError);
  return JSON.stringify(error === undefined ? line : { ...line, ...membersOf(error) });
}

function membersOf(error: Error): Record<string, unknown> {
  try {
    const stackTrace = typeof error.stack === "string" ? error.stack.split("\n") : [];
    return { errorType: error.constructor?.name ?? "UnknownError", errorMessage: error.message, stackTrace };
  } catch {
    return { ...describeError(error) };
  }
}

function replaceErrors(_name: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return Object.assign(
    {
      errorType: value.constructor?.name ?? "UnknownError",
      errorMessage: value.message,
      stackTrace: typeof value.stack === "string" ? value.stack.split("\n") : value.stack,
    },
    value,
  );
}
