/** Platform log lines in Lambda's text format, and the pieces of output between them. */
import { twoDecimals } from "./decimals.ts";
import { logTailBytes, maxLogEventBytes } from "./limits.ts";
import type { Outcome } from "./telemetry/platform-records.ts";

/** One line of a function's log, as CloudWatch would hold it. */
export interface LogEvent {
  readonly functionName: string;
  /** Undefined for output outside of any invocation. */
  readonly requestId: string | undefined;
  readonly source: "platform" | "function" | "extension";
  /** Without the line break. */
  readonly line: string;
}

/** What REPORT tells. Source: AWS Lambda developer guide, "Lambda runtime environment lifecycle". */
export interface InvocationReport {
  readonly requestId: string;
  readonly durationMs: number;
  /** Only for the first invocation of an environment. */
  readonly initDurationMs: number | undefined;
  /** Only for the first one behind a restored snapshot. */
  readonly restoreDurationMs?: number | undefined;
  readonly memorySizeMib: number;
  readonly peakMemoryBytes: number | undefined;
  /** Set when the runtime reported an error; the text line does not tell it. */
  readonly reportedErrorType?: string | undefined;
  /** Set when the platform had to end the invocation. */
  readonly failure: { readonly status: "error" | "timeout"; readonly errorType: string } | undefined;
}

export const startLine = (requestId: string): string => `START RequestId: ${requestId} Version: $LATEST`;
export const endLine = (requestId: string): string => `END RequestId: ${requestId}`;

/** Fields are separated, and the line ended, by tabs. Billed is the sum of both durations, rounded up. */
export function reportLine(report: InvocationReport): string {
  const fields = [
    `REPORT RequestId: ${report.requestId}`,
    `Duration: ${twoDecimals(report.durationMs)} ms`,
    `Billed Duration: ${Math.ceil(report.durationMs + (report.initDurationMs ?? 0))} ms`,
    `Memory Size: ${report.memorySizeMib} MB`,
  ];
  // Where the machine does not tell the peak, the field is left out rather than invented.
  if (report.peakMemoryBytes !== undefined) {
    fields.push(`Max Memory Used: ${Math.ceil(report.peakMemoryBytes / 1_048_576)} MB`);
  }
  if (report.initDurationMs !== undefined) fields.push(`Init Duration: ${twoDecimals(report.initDurationMs)} ms`);
  if (report.restoreDurationMs !== undefined) {
    fields.push(
      `Restore Duration: ${twoDecimals(report.restoreDurationMs)} ms`,
      `Billed Restore Duration: ${Math.ceil(report.restoreDurationMs)} ms`,
    );
  }
  if (report.failure?.status === "timeout") fields.push("Status: timeout");
  if (report.failure?.status === "error") fields.push("Status: error", `Error Type: ${report.failure.errorType}`);
  return `${fields.join("\t")}\t`;
}

/** Second line of a REPORT, when the invocation is traced. */
export const xrayLine = (traceId: string, segmentId: string): string =>
  `XRAY TraceId: ${/Root=([^;]+)/.exec(traceId)?.[1] ?? ""}\tSegmentId: ${segmentId}\tSampled: true\t`;

/** Written when an init failed. */
export function initReportLine(phase: string, durationMs: number, outcome: Outcome): string {
  const fields = [`INIT_REPORT Init Duration: ${twoDecimals(durationMs)} ms`, `Phase: ${phase}`];
  return [...fields, ...outcomeFields(outcome)].join("\t");
}

/** Written when a snapshot could not be restored. */
export function restoreReportLine(durationMs: number, outcome: Outcome): string {
  return [`RESTORE_REPORT Restore Duration: ${twoDecimals(durationMs)} ms`, ...outcomeFields(outcome)].join("\t");
}

/** Written at the end of init, and when an extension fails. */
export function extensionLine(name: string, state: string, events: readonly string[], errorType?: string): string {
  const fields = [`EXTENSION\tName: ${name}`, `State: ${state}`, `Events: [${events.join(", ")}]`];
  return [...fields, ...(errorType === undefined ? [] : [`Error Type: ${errorType}`])].join("\t");
}

/** Written when an extension subscribes. */
export function telemetrySubscriptionLine(api: "Telemetry" | "Logs", name: string, types: readonly string[]): string {
  const kinds = types.map((type) => `${type.slice(0, 1).toUpperCase()}${type.slice(1)}`);
  return [`${api.toUpperCase()}\tName: ${name}`, "State: Subscribed", `Types: [${kinds.join(", ")}]`].join("\t");
}

function outcomeFields({ status, errorType }: Outcome): string[] {
  return [`Status: ${status}`, ...(errorType === undefined ? [] : [`Error Type: ${errorType}`])];
}

/** The end of an invocation's log as `X-Amz-Log-Result` carries it: base64 of at most 4,096 bytes. */
export function encodeLogTail(lines: readonly string[]): string {
  return Buffer.from(lines.map((line) => `${line}\n`).join(""))
    .subarray(-logTailBytes)
    .toString("base64");
}

/** Cuts a stream of output into lines. Only a line feed ends a line, as on Lambda, or that it is too long for an event. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  /** The line that has no end yet: joined once, since joining at every piece takes the square of its length. */
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#emit();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** Hands over what has no line break yet. */
  flush(): void {
    if (this.#length > 0) this.#emit();
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.#length + piece.length > maxLogEventBytes) this.flush();
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  #emit(): void {
    const line = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#length = 0;
    this.#onLine(line?.toString("utf8") ?? "");
  }
}
