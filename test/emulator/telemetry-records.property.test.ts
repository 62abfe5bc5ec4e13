/** Records are written as text: it is what `JSON.stringify` would have made of their members, whatever these are. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  concurrentReportRecord,
  reportRecord,
  runtimeDoneRecord,
  startRecord,
  type Outcome,
  type Span,
} from "../../emulator/telemetry/platform-records.ts";
import { formatTime } from "../../emulator/telemetry/telemetry-event.ts";

const anyText = fc.oneof(fc.string(), fc.string({ unit: "binary" }));
const requestId = fc.oneof(fc.uuid(), anyText);
const traceId = fc.oneof(fc.constant("Root=1-5759e988;Parent=53995c3f42cd8ad8;Sampled=1"), anyText);
const ms = fc.double({ min: 0, max: 900_000, noNaN: true });
const unixMs = fc.double({ min: 0, max: 4e12, noNaN: true });
const outcome: fc.Arbitrary<Outcome> = fc.record(
  { status: fc.constantFrom("success", "failure", "error", "timeout"), errorType: anyText },
  { requiredKeys: ["status"] },
);
const spans: fc.Arbitrary<Span[]> = fc.array(
  fc.record({ name: fc.constantFrom("responseLatency", "runtimeOverhead"), startMs: unixMs, durationMs: ms }),
);

const round = (value: number): number => Math.round(value * 1000) / 1000;
const ended = ({ status, errorType }: Outcome): object =>
  status === "timeout" || errorType === undefined ? { status } : { status, errorType };
const tracing = (value: string): object => {
  const spanId = /Parent=([0-9a-f]{16})/.exec(value)?.[1];
  return { ...(spanId === undefined ? {} : { spanId }), type: "X-Amzn-Trace-Id", value };
};
const told = (given: readonly Span[]): object[] =>
  given.map(({ name, startMs, durationMs }) => ({
    name,
    start: new Date(Math.floor(startMs)).toISOString(),
    durationMs: round(durationMs),
  }));

test("platform.start", () => {
  fc.assert(
    fc.property(requestId, traceId, (id, trace) => {
      const members = { requestId: id, version: "$LATEST", tracing: tracing(trace) };
      expect(startRecord(id, trace)).toBe(JSON.stringify(members));
    }),
  );
});

test("platform.runtimeDone", () => {
  fc.assert(
    fc.property(
      requestId,
      traceId,
      outcome,
      ms,
      fc.nat(),
      spans,
      (id, trace, how, durationMs, producedBytes, times) => {
        const metrics = { durationMs: round(durationMs), producedBytes };
        const members = { requestId: id, ...ended(how), tracing: tracing(trace), spans: told(times), metrics };
        const text = runtimeDoneRecord(id, trace, { ...how, durationMs, producedBytes, spans: times });
        expect(text).toBe(JSON.stringify(members));
      },
    ),
  );
});

test("platform.report", () => {
  const given = fc.record({
    requestId,
    durationMs: ms,
    initDurationMs: fc.option(ms, { nil: undefined }),
    restoreDurationMs: fc.option(ms, { nil: undefined }),
    memorySizeMib: fc.integer({ min: 128, max: 10_240 }),
    peakMemoryBytes: fc.option(fc.nat(), { nil: undefined }),
    reportedErrorType: fc.option(anyText, { nil: undefined }),
    failure: fc.constantFrom(undefined, { status: "timeout", errorType: "Sandbox.Timedout" } as const),
  });
  fc.assert(
    fc.property(traceId, given, spans, (trace, report, times) => {
      const { initDurationMs, restoreDurationMs, peakMemoryBytes, reportedErrorType: errorType } = report;
      const how: Outcome =
        report.failure ?? (errorType === undefined ? { status: "success" } : { status: "error", errorType });
      const members = {
        requestId: report.requestId,
        ...ended(how),
        metrics: {
          durationMs: round(report.durationMs),
          billedDurationMs: Math.ceil(report.durationMs + (initDurationMs ?? 0)),
          memorySizeMB: report.memorySizeMib,
          maxMemoryUsedMB: peakMemoryBytes === undefined ? undefined : Math.ceil(peakMemoryBytes / 1_048_576),
          initDurationMs: initDurationMs === undefined ? undefined : round(initDurationMs),
          restoreDurationMs: restoreDurationMs === undefined ? undefined : round(restoreDurationMs),
        },
        spans: times.length === 0 ? undefined : told(times),
        tracing: tracing(trace),
      };
      expect(reportRecord(trace, report, times)).toBe(JSON.stringify(members));
    }),
  );
});

test("platform.report of Managed Instances", () => {
  fc.assert(
    fc.property(requestId, traceId, outcome, ms, spans, (id, trace, how, durationMs, times) => {
      const metrics = { durationMs: round(durationMs) };
      const members = { requestId: id, ...ended(how), metrics, tracing: tracing(trace), spans: told(times) };
      expect(concurrentReportRecord(id, trace, { ...how, durationMs, spans: times })).toBe(JSON.stringify(members));
    }),
  );
});

test("times are those of the calendar, whatever was formatted before", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(unixMs, fc.integer({ min: 1e12, max: 1e12 + 2000 }))), (times) => {
      expect(times.map(formatTime)).toEqual(times.map((each) => new Date(Math.floor(each)).toISOString()));
    }),
  );
});
