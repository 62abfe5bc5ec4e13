/** Platform log lines in Lambda's JSON format. Source: AWS Lambda developer guide, "Lambda Telemetry API Event schema". */
import type { InvocationReport } from "./log-format.ts";

/** `{"time","type","record"}`, the time in ISO 8601 with milliseconds. */
function platformLine(nowMs: number, type: string, record: object): string {
  return JSON.stringify({ time: new Date(nowMs).toISOString(), type: `platform.${type}`, record });
}

/** @param traceId of the invocation */
export function startJson(nowMs: number, requestId: string, traceId: string): string {
  return platformLine(nowMs, "start", { requestId, version: "$LATEST", tracing: tracing(traceId) });
}

/** The same numbers as in the text format. */
export function reportJson(nowMs: number, traceId: string, report: InvocationReport): string {
  const { requestId, durationMs, initDurationMs, memorySizeMib, peakMemoryBytes, failure } = report;
  return platformLine(nowMs, "report", {
    requestId,
    status: failure?.status ?? "success",
    ...(failure?.status === "error" ? { errorType: failure.errorType } : {}),
    metrics: {
      durationMs: round(durationMs),
      billedDurationMs: Math.ceil(durationMs + (initDurationMs ?? 0)),
      memorySizeMB: memorySizeMib,
      ...(peakMemoryBytes === undefined ? {} : { maxMemoryUsedMB: Math.ceil(peakMemoryBytes / 1_048_576) }),
      ...(initDurationMs === undefined ? {} : { initDurationMs: round(initDurationMs) }),
    },
    tracing: tracing(traceId),
  });
}

/** Written when an init failed and is repeated inside the invocation. */
export function initReportJson(
  nowMs: number,
  initializationType: string,
  durationMs: number,
  failure: { readonly status: "error" | "timeout"; readonly errorType: string | undefined },
): string {
  const { status, errorType } = failure;
  return platformLine(nowMs, "initReport", {
    initializationType,
    phase: "init",
    status,
    ...(errorType === undefined ? {} : { errorType }),
    metrics: { durationMs: round(durationMs) },
  });
}

function tracing(value: string): object {
  const spanId = /Parent=([0-9a-f]{16})/.exec(value)?.[1];
  return { ...(spanId === undefined ? {} : { spanId }), type: "X-Amzn-Trace-Id", value };
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;
