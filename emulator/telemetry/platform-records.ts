/** The records of platform events. Source: AWS Lambda developer guide, "Lambda Telemetry API Event schema reference". */
import type { InvocationReport } from "../log-format.ts";
import { formatTime } from "./telemetry-event.ts";

/** How an environment came to be. */
export type InitializationType = "on-demand" | "provisioned-concurrency" | "snap-start" | "lambda-managed-instances";

/** How a phase ended. */
export type PhaseStatus = "success" | "failure" | "error" | "timeout";

/** What went wrong, if anything. */
export interface Outcome {
  readonly status: PhaseStatus;
  readonly errorType?: string | undefined;
}

/** A time within an invocation. */
export interface Span {
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
}

/** In milliseconds with three decimals, as the examples have them at most. */
export const round = (ms: number): number => Math.round(ms * 1000) / 1000;

/** A timeout has no error type. */
export function outcomeMembers({ status, errorType }: Outcome): object {
  return { status, ...(errorType === undefined || status === "timeout" ? {} : { errorType }) };
}

/** @param value of the trace header */
export function tracing(value: string): object {
  const spanId = /Parent=([0-9a-f]{16})/.exec(value)?.[1];
  return { ...(spanId === undefined ? {} : { spanId }), type: "X-Amzn-Trace-Id", value };
}

export function spanMembers(spans: readonly Span[]): object[] {
  return spans.map(({ name, startMs, durationMs }) => ({
    name,
    start: formatTime(startMs),
    durationMs: round(durationMs),
  }));
}

/** `platform.report`: the same numbers as in the text line. @param spans none are left out */
export function reportRecord(traceId: string, report: InvocationReport, spans: readonly Span[]): object {
  const { requestId, durationMs, initDurationMs, restoreDurationMs, memorySizeMib, peakMemoryBytes, failure } = report;
  const { reportedErrorType: errorType } = report;
  const outcome: Outcome =
    failure ?? (errorType === undefined ? { status: "success" } : { status: "error", errorType });
  return {
    requestId,
    ...outcomeMembers(outcome),
    metrics: {
      durationMs: round(durationMs),
      billedDurationMs: Math.ceil(durationMs + (initDurationMs ?? 0)),
      memorySizeMB: memorySizeMib,
      ...(peakMemoryBytes === undefined ? {} : { maxMemoryUsedMB: Math.ceil(peakMemoryBytes / 1_048_576) }),
      ...(initDurationMs === undefined ? {} : { initDurationMs: round(initDurationMs) }),
      ...(restoreDurationMs === undefined ? {} : { restoreDurationMs: round(restoreDurationMs) }),
    },
    ...(spans.length === 0 ? {} : { spans: spanMembers(spans) }),
    tracing: tracing(traceId),
  };
}

/** What is told of an invocation of Managed Instances. */
export interface ConcurrentReport extends Outcome {
  readonly durationMs: number;
  readonly spans: readonly Span[];
}

/** `platform.report` there: neither memory nor what is billed, which belong to the instance. */
export function concurrentReportRecord(
  { requestId, traceId }: { readonly requestId: string; readonly traceId: string },
  report: ConcurrentReport,
): object {
  return {
    requestId,
    ...outcomeMembers(report),
    metrics: { durationMs: round(report.durationMs) },
    tracing: tracing(traceId),
    spans: spanMembers(report.spans),
  };
}
