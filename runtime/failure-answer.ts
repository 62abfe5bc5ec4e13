/** What Lambda is told about a failure: the error document, with positions in the sources, and the cause for X-Ray. */
import { describeError, type ErrorDocument } from "./error-document.ts";
import { mapStack } from "./source-map.ts";
import { formatXrayCause } from "./xray-cause.ts";

/** Both descriptions of one failure. */
export interface FailureAnswer {
  readonly error: ErrorDocument;
  readonly xrayCause: string;
}

/** Describes anything that can be thrown. Never throws. */
export function describeFailure(thrown: unknown): FailureAnswer {
  const document = describeError(thrown);
  const error = { ...document, stackTrace: document.stackTrace.map(mapStack) };
  return { error, xrayCause: formatXrayCause(error, process.cwd()) };
}
