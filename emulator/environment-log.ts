/** The log of one execution environment: platform lines, and the bootstrap's output cut into lines between them. */
import type { Clock } from "./clock.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import type { InvocationInProgress } from "./invocation.ts";
import { initReportJson, reportJson, startJson } from "./json-log-format.ts";
import {
  endLine,
  initReportLine,
  LineSplitter,
  reportLine,
  startLine,
  type InvocationReport,
  type LogEvent,
} from "./log-format.ts";
import { isLineWanted, isSystemLevelWanted, type SystemLogLevel } from "./logging.ts";

export interface EnvironmentLogOptions {
  readonly configuration: Pick<FunctionConfiguration, "name" | "logging">;
  readonly clock: Clock;
  /** Without it, and without a caller that asks for the log, no line is made. */
  readonly onLog: ((event: LogEvent) => void) | undefined;
}

/** Writes to whoever listens and, for `X-Amz-Log-Result`, to the invocation itself. */
export class EnvironmentLog {
  readonly #options: EnvironmentLogOptions;
  readonly #splitters: { readonly stdout: LineSplitter; readonly stderr: LineSplitter };

  /** @param current the invocation that output belongs to */
  constructor(options: EnvironmentLogOptions, current: () => InvocationInProgress | undefined) {
    this.#options = options;
    const splitter = (): LineSplitter =>
      new LineSplitter((line) => {
        if (isLineWanted(options.configuration.logging, line)) this.#write("function", line, current());
      });
    this.#splitters = { stdout: splitter(), stderr: splitter() };
  }

  /** Output of the bootstrap, cut anywhere. */
  push(stream: "stdout" | "stderr", chunk: Buffer): void {
    this.#splitters[stream].push(chunk);
  }

  /** Whether anybody will see the lines of this invocation. */
  isObserved(of: InvocationInProgress | undefined): boolean {
    return this.#options.onLog !== undefined || of?.invocation.keepsLog === true;
  }

  start(of: InvocationInProgress): void {
    const { requestId, traceId } = of.invocation;
    if (!this.isObserved(of)) return;
    this.#platform(
      "INFO",
      of,
      () => startLine(requestId),
      (nowMs) => startJson(nowMs, requestId, traceId),
    );
  }

  initReport(of: InvocationInProgress, durationMs: number, status: "error" | "timeout", errorType?: string): void {
    this.#platform(
      "WARN",
      of,
      () => initReportLine(durationMs, status, errorType),
      (nowMs) => initReportJson(nowMs, "on-demand", durationMs, { status, errorType }),
    );
  }

  /** END and REPORT, after what has no line break yet. */
  end(of: InvocationInProgress, given: Omit<InvocationReport, "requestId">): void {
    for (const splitter of Object.values(this.#splitters)) splitter.flush();
    if (!this.isObserved(of)) return;
    const { requestId, traceId } = of.invocation;
    const report = { requestId, ...given };
    // JSON has no line for the end alone.
    if (this.#options.configuration.logging.format === "Text") this.#write("platform", endLine(requestId), of);
    this.#platform(
      given.failure === undefined ? "INFO" : "WARN",
      of,
      () => reportLine(report),
      (nowMs) => reportJson(nowMs, traceId, report),
    );
  }

  #platform(
    level: SystemLogLevel,
    of: InvocationInProgress,
    text: () => string,
    json: (nowMs: number) => string,
  ): void {
    const {
      configuration: { logging },
      clock,
    } = this.#options;
    if (!isSystemLevelWanted(logging, level)) return;
    this.#write("platform", logging.format === "JSON" ? json(clock.now()) : text(), of);
  }

  #write(source: LogEvent["source"], line: string, of: InvocationInProgress | undefined): void {
    if (of?.invocation.keepsLog === true) of.log(line);
    const requestId = of?.begun === undefined ? undefined : of.invocation.requestId;
    this.#options.onLog?.({ functionName: this.#options.configuration.name, requestId, source, line });
  }
}
