/** The log of one execution environment: what the platform does, and the output of its processes cut into lines. */
import type { Clock } from "./clock.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import type { InvocationInProgress } from "./invocation.ts";
import {
  endLine,
  extensionLine,
  initReportLine,
  LineSplitter,
  reportLine,
  restoreReportLine,
  startLine,
  telemetrySubscriptionLine,
  xrayLine,
  type InvocationReport,
  type LogEvent,
} from "./log-format.ts";
import { isLineWanted, isSystemLevelWanted, type SystemLogLevel } from "./logging.ts";
import { eventText } from "./telemetry/format-event.ts";
import { PlatformEvent } from "./telemetry/platform-event.ts";
import {
  concurrentReportRecord,
  outcomeMembers,
  reportRecord,
  round,
  runtimeDoneRecord,
  startRecord,
  type ConcurrentReport,
  type InitializationType,
  type Outcome,
  type RuntimeDone,
  type Span,
} from "./telemetry/platform-records.ts";
import type { TelemetryHub } from "./telemetry/telemetry-hub.ts";

export interface EnvironmentLogOptions {
  readonly configuration: Pick<FunctionConfiguration, "name" | "logging" | "memoryMib">;
  readonly clock: Clock;
  /** Without it, a subscriber and a caller that asks for the log, no line is made. */
  readonly onLog: ((event: LogEvent) => void) | undefined;
  readonly initializationType: InitializationType;
}

/** In which part of an environment's life an init runs. */
export type InitPhaseName = "init" | "invoke" | "snap-start";

/** What happened: how it is called, what is told, and at which level it is logged. */
interface Happening {
  readonly type: PlatformEvent["type"];
  readonly level: SystemLogLevel;
  /** As JSON text. */
  readonly record: () => string;
  /** In the text format; undefined for what has no line there. */
  readonly text?: string | undefined;
  /** The invocation it is about. @default the one that output belongs to */
  readonly of?: InvocationInProgress;
}

/** The invocation that a line of output belongs to; that of a line which is none yet, without one. */
export type OwnerOf = (line?: string) => InvocationInProgress | undefined;

/** Writes to whoever listens, to subscribers and, for `X-Amz-Log-Result`, to the invocation itself. */
export class EnvironmentLog {
  readonly #options: EnvironmentLogOptions;
  readonly #ownerOf: OwnerOf;
  readonly #splitters = new Map<string, LineSplitter>();
  #hasExtensions = false;
  /** Of the present invocation; from here on it is its extensions' time. */
  #runtimeDone: { readonly atMs: number; readonly durationMs: number } | undefined;
  /** Of the present start. */
  telemetry: TelemetryHub | undefined;

  constructor(options: EnvironmentLogOptions, ownerOf: OwnerOf) {
    this.#options = options;
    this.#ownerOf = ownerOf;
  }

  /** Output of the bootstrap, cut anywhere. */
  push(stream: "stdout" | "stderr", chunk: Buffer): void {
    this.#splitter(stream, (line) => {
      if (isLineWanted(this.#options.configuration.logging, line)) this.#line("function", line);
    }).push(chunk);
  }

  /** The same of an extension. */
  pushOfExtension(name: string, stream: "stdout" | "stderr", chunk: Buffer): void {
    this.#splitter(`${stream} ${name}`, (line) => this.#line("extension", line)).push(chunk);
  }

  /** Whether anybody will see the lines of this invocation. */
  isObserved(of: InvocationInProgress | undefined): boolean {
    return this.#isLogged(of) || this.telemetry?.isWanted === true;
  }

  initStart(phase: InitPhaseName, instanceId: string): void {
    const { initializationType } = this.#options;
    // INFO only where a managed runtime has a version.
    const record = (): string => JSON.stringify({ initializationType, phase, ...this.#instance(instanceId) });
    this.#platform({ type: "platform.initStart", level: "DEBUG", record });
  }

  initRuntimeDone(phase: InitPhaseName, outcome: Outcome): void {
    const { initializationType } = this.#options;
    this.#platform({
      type: "platform.initRuntimeDone",
      level: levelOf(outcome, "DEBUG"),
      record: () => JSON.stringify({ initializationType, phase, ...outcomeMembers(outcome), spans: [] }),
    });
  }

  initReport(phase: InitPhaseName, durationMs: number, outcome: Outcome): void {
    const { initializationType } = this.#options;
    this.#platform({
      type: "platform.initReport",
      level: levelOf(outcome, "DEBUG"),
      record: () =>
        JSON.stringify({
          initializationType,
          phase,
          ...outcomeMembers(outcome),
          metrics: { durationMs: round(durationMs) },
        }),
      text: outcome.status === "success" ? undefined : initReportLine(phase, durationMs, outcome),
    });
  }

  /** Both of them, for an init that did not come to its end. */
  initFailed(
    { name, elapsedMs }: { readonly name: InitPhaseName; readonly elapsedMs: number },
    outcome: Outcome,
  ): void {
    this.initRuntimeDone(name, outcome);
    this.initReport(name, elapsedMs, outcome);
  }

  restoreStart(instanceId: string): void {
    const record = (): string => JSON.stringify(this.#instance(instanceId));
    this.#platform({ type: "platform.restoreStart", level: "DEBUG", record });
  }

  restoreDone(durationMs: number, outcome: Outcome): void {
    const level = levelOf(outcome, "DEBUG");
    const done = outcomeMembers(outcome);
    this.#platform({
      type: "platform.restoreRuntimeDone",
      level,
      record: () => JSON.stringify({ ...done, spans: [] }),
    });
    this.#platform({
      type: "platform.restoreReport",
      level,
      record: () => JSON.stringify({ ...done, metrics: { durationMs: round(durationMs) }, spans: [] }),
      text: outcome.status === "success" ? undefined : restoreReportLine(durationMs, outcome),
    });
  }

  extension(name: string, state: string, events: readonly string[], errorType?: string): void {
    this.#hasExtensions = true;
    this.#platform({
      type: "platform.extension",
      level: errorType === undefined ? "INFO" : "WARN",
      record: () => JSON.stringify({ name, state, events, errorType }),
      text: extensionLine(name, state, events, errorType),
    });
  }

  subscription(api: "Telemetry" | "Logs", name: string, types: readonly string[]): void {
    this.#platform({
      type: api === "Telemetry" ? "platform.telemetrySubscription" : "platform.logsSubscription",
      level: "INFO",
      record: () => JSON.stringify({ name, state: "Subscribed", types }),
      text: telemetrySubscriptionLine(api, name, types),
    });
  }

  start(of: InvocationInProgress): void {
    of.isStarted = true;
    if (!this.isObserved(of)) return;
    const { requestId, traceId } = of.invocation;
    const record = (): string => startRecord(requestId, traceId);
    this.#platform({ type: "platform.start", of, level: "INFO", record, text: startLine(requestId) });
  }

  /** The runtime asked for the next event, or is gone. */
  runtimeDone(of: InvocationInProgress, done: RuntimeDone): void {
    if (!this.isObserved(of)) return;
    const { requestId, traceId } = of.invocation;
    this.#runtimeDone = { atMs: this.#options.clock.now(), durationMs: done.durationMs };
    this.#platform({
      type: "platform.runtimeDone",
      of,
      level: levelOf(done, "DEBUG"),
      record: () => runtimeDoneRecord(requestId, traceId, done),
    });
  }

  /** END and REPORT, after what has no line break yet. */
  end(of: InvocationInProgress, given: Omit<InvocationReport, "requestId">): void {
    for (const splitter of this.#splitters.values()) splitter.flush();
    if (!this.isObserved(of)) return;
    const { requestId, traceId, trace } = of.invocation;
    const report = { requestId, ...given };
    const traced = trace === undefined ? "" : `\n${xrayLine(traceId, trace.segmentId)}`;
    const spans = this.#extensionOverhead(given.durationMs);
    if (processFaults.has(given.failure?.errorType)) {
      const text = `RequestId: ${requestId} Process exited before completing request`;
      this.#publish("platform.fault", () => JSON.stringify(text));
    }
    // Only the text format and the Logs API have it.
    this.#publish("platform.end", () => JSON.stringify({ requestId }));
    if (this.#options.configuration.logging.format === "Text") this.#write("platform", endLine(requestId), of);
    this.#platform({
      type: "platform.report",
      of,
      level: given.failure === undefined ? "INFO" : "WARN",
      record: () => reportRecord(traceId, report, spans),
      text: `${reportLine(report)}${traced}`,
    });
  }

  /** From the end of the runtime's part on. */
  #extensionOverhead(durationMs: number): readonly Span[] {
    const done = this.#runtimeDone;
    this.#runtimeDone = undefined;
    if (!this.#hasExtensions || done === undefined) return [];
    return [{ name: "extensionOverhead", startMs: done.atMs, durationMs: durationMs - done.durationMs }];
  }

  /** The whole report of an invocation beside others, who may be in the middle of a line. */
  concurrentReport(of: InvocationInProgress, report: ConcurrentReport): void {
    if (!this.isObserved(of)) return;
    const { requestId, traceId } = of.invocation;
    const record = (): string => concurrentReportRecord(requestId, traceId, report);
    this.#platform({ type: "platform.report", of, level: levelOf(report, "INFO"), record });
  }

  #instance(instanceId: string): object {
    const { name: functionName, memoryMib } = this.#options.configuration;
    return { functionName, functionVersion: "$LATEST", instanceId, instanceMaxMemory: memoryMib * 1_048_576 };
  }

  #splitter(key: string, onLine: (line: string) => void): LineSplitter {
    const known = this.#splitters.get(key);
    if (known !== undefined) return known;
    const splitter = new LineSplitter(onLine);
    this.#splitters.set(key, splitter);
    return splitter;
  }

  #platform({ type, level, record, text, of = this.#ownerOf() }: Happening): void {
    const { logging } = this.#options.configuration;
    const isSubscribed = this.telemetry?.isWanted === true;
    const isLogged = this.#isLogged(of) && isSystemLevelWanted(logging, level);
    const asJson = logging.format === "JSON";
    if (!isSubscribed && !(isLogged && (asJson || text !== undefined))) return;
    let line = text;
    if (isSubscribed || asJson) {
      const event = this.#publish(type, record);
      if (asJson) line = eventText(event, event.record);
    }
    if (line !== undefined && isLogged && type !== "platform.logsSubscription") this.#write("platform", line, of);
  }

  #line(source: "function" | "extension", line: string): void {
    this.telemetry?.publish({ timeMs: this.#options.clock.now(), kind: source, type: source, record: line });
    this.#write(source, line, this.#ownerOf(line));
  }

  #write(source: LogEvent["source"], line: string, of: InvocationInProgress | undefined): void {
    if (of?.invocation.keepsLog === true) of.log(line);
    const requestId = of?.isStarted === true ? of.invocation.requestId : undefined;
    this.#options.onLog?.({ functionName: this.#options.configuration.name, requestId, source, line });
  }

  #isLogged(of: InvocationInProgress | undefined): boolean {
    return this.#options.onLog !== undefined || of?.invocation.keepsLog === true;
  }

  #publish(type: PlatformEvent["type"], record: () => string): PlatformEvent {
    const event = new PlatformEvent(this.#options.clock.now(), type, record);
    this.telemetry?.publish(event);
    return event;
  }
}

/** What the Logs API tells of in a `platform.fault`. */
const processFaults: ReadonlySet<string | undefined> = new Set(["Runtime.ExitError", "Runtime.OutOfMemory"]);

const levelOf = ({ status }: Outcome, usual: SystemLogLevel): SystemLogLevel => (status === "success" ? usual : "WARN");
