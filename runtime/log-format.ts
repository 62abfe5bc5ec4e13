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
  if (error === undefined) return JSON.stringify(line);
  try {
    return JSON.stringify({ ...line, ...membersOf(error, []) });
  } catch {
    return JSON.stringify({ ...line, ...describeError(error) });
  }
}

/** @param noStack the stack trace of an error without a stack */
function membersOf({ constructor, message, stack }: Error, noStack: unknown): Record<string, unknown> {
  return {
    errorType: constructor?.name ?? "UnknownError",
    errorMessage: message,
    stackTrace: typeof stack === "string" ? stack.split("\n") : noStack,
  };
}

function replaceErrors(_name: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return Object.assign(membersOf(value, value.stack), value);
}
