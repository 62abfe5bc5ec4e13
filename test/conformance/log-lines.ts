/** Lambda's own lines, as the cases expect them. */
import type { FunctionOptions } from "../../emulator/index.ts";

type ReportParts = {
  /** @default 128 */
  readonly memoryMib?: FunctionOptions["memoryMib"];
  /** Whether it is the first of its environment. @default true */
  readonly isFirst?: boolean;
  /** `timeout`, or an error type. */
  readonly failure?: string;
};

/** @param id placeholder of the request id */
export const startLine = (id = "{requestId}"): string => `START RequestId: ${id} Version: $LATEST`;

/** @param id placeholder of the request id */
export const endLine = (id = "{requestId}"): string => `END RequestId: ${id}`;

/** @param id placeholder of the request id */
export function reportLine({ memoryMib = 128, isFirst = true, failure }: ReportParts = {}, id = "{requestId}"): string {
  const fields = [
    `REPORT RequestId: ${id}`,
    "Duration: {decimal} ms",
    "Billed Duration: {digits} ms",
    `Memory Size: ${memoryMib} MB{memory}`,
  ];
  if (isFirst) fields.push("Init Duration: {decimal} ms");
  if (failure === "timeout") fields.push("Status: timeout");
  else if (failure !== undefined) fields.push("Status: error", `Error Type: ${failure}`);
  return `${fields.join("\t")}\t`;
}

/** The three lines of one invocation, with what stands before END between them. */
export function invocationLines(
  parts: ReportParts = {},
  between: readonly string[] = [],
  id = "{requestId}",
): readonly string[] {
  return [startLine(id), ...between, endLine(id), reportLine(parts, id)];
}

/** Of an init that failed. */
export function initReportLine(failure: string, phase = "init"): string {
  const status = failure === "timeout" ? "Status: timeout" : `Status: error\tError Type: ${failure}`;
  return `INIT_REPORT Init Duration: {decimal} ms\tPhase: ${phase}\t${status}`;
}
