/**
 * The records of platform events; those of every invocation as text, since objects on the way would cost half as much again.
 * Source: AWS Lambda developer guide, "Lambda Telemetry API Event schema reference".
 */
import { upToThreeDecimals } from "../decimals.ts";
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

/** `platform.start` */
export function startRecord(requestId: string, traceId: string): string {
  return `{${requestIdMember(requestId)},"version":"$LATEST",${tracingMember(traceId)}}`;
}

/** What is told of an invocation when the runtime is done with it. */
export interface RuntimeDone extends Outcome {
  readonly durationMs: number;
  readonly producedBytes: number;
  readonly spans: readonly Span[];
}

/** `platform.runtimeDone` */
export function runtimeDoneRecord(requestId: string, traceId: string, done: RuntimeDone): string {
  const { durationMs, producedBytes, spans } = done;
  const metrics = `"metrics":{"durationMs":${upToThreeDecimals(durationMs)},"producedBytes":${producedBytes}}`;
  return `{${howItEnded(requestId, done)},${tracingMember(traceId)},${spansMember(spans)},${metrics}}`;
}

/** `platform.report`: the same numbers as in the text line. @param spans none are left out */
export function reportRecord(traceId: string, report: InvocationReport, spans: readonly Span[]): string {
  const { requestId, durationMs, initDurationMs, restoreDurationMs, memorySizeMib, peakMemoryBytes, failure } = report;
  const { reportedErrorType: errorType } = report;
  const outcome: Outcome =
    failure ?? (errorType === undefined ? { status: "success" } : { status: "error", errorType });
  let metrics = `"durationMs":${upToThreeDecimals(durationMs)},"billedDurationMs":${Math.ceil(durationMs + (initDurationMs ?? 0))}`;
  metrics += `,"memorySizeMB":${memorySizeMib}`;
  if (peakMemoryBytes !== undefined) metrics += `,"maxMemoryUsedMB":${Math.ceil(peakMemoryBytes / 1_048_576)}`;
  if (initDurationMs !== undefined) metrics += `,"initDurationMs":${upToThreeDecimals(initDurationMs)}`;
  if (restoreDurationMs !== undefined) metrics += `,"restoreDurationMs":${upToThreeDecimals(restoreDurationMs)}`;
  const told = spans.length === 0 ? "" : `${spansMember(spans)},`;
  return `{${howItEnded(requestId, outcome)},"metrics":{${metrics}},${told}${tracingMember(traceId)}}`;
}

/** What is told of an invocation of Managed Instances. */
export interface ConcurrentReport extends Outcome {
  readonly durationMs: number;
  readonly spans: readonly Span[];
}

/** `platform.report` there: neither memory nor what is billed, which belong to the instance. */
export function concurrentReportRecord(requestId: string, traceId: string, report: ConcurrentReport): string {
  const metrics = `"metrics":{"durationMs":${upToThreeDecimals(report.durationMs)}}`;
  return `{${howItEnded(requestId, report)},${metrics},${tracingMember(traceId)},${spansMember(report.spans)}}`;
}

const quote = (text: string): string => JSON.stringify(text);

/** `"requestId"` and how it ended. */
function howItEnded(requestId: string, { status, errorType }: Outcome): string {
  const type = errorType === undefined || status === "timeout" ? "" : `,"errorType":${quote(errorType)}`;
  return `${requestIdMember(requestId)},"status":"${status}"${type}`;
}

/** All records of an invocation have these two. */
const lastId = { requestId: "", text: `"requestId":""` };
const lastTracing = { traceId: "", text: `"tracing":{"type":"X-Amzn-Trace-Id","value":""}` };

function requestIdMember(requestId: string): string {
  if (requestId !== lastId.requestId) {
    lastId.text = `"requestId":${quote(requestId)}`;
    lastId.requestId = requestId;
  }
  return lastId.text;
}

function tracingMember(traceId: string): string {
  if (traceId !== lastTracing.traceId) {
    const spanId = /Parent=([0-9a-f]{16})/.exec(traceId)?.[1];
    const span = spanId === undefined ? "" : `"spanId":"${spanId}",`;
    lastTracing.text = `"tracing":{${span}"type":"X-Amzn-Trace-Id","value":${quote(traceId)}}`;
    lastTracing.traceId = traceId;
  }
  return lastTracing.text;
}

function spansMember(spans: readonly Span[]): string {
  let text = "";
  for (const { name, startMs, durationMs } of spans) {
    const comma = text === "" ? "" : ",";
    text += `${comma}{"name":"${name}","start":"${formatTime(startMs)}","durationMs":${upToThreeDecimals(durationMs)}}`;
  }
  return `"spans":[${text}]`;
}
