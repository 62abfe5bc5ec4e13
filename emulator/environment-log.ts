/** The log of one execution environment: platform lines, and the bootstrap's output cut into lines between them. */
import type { InvocationInProgress } from "./invocation.ts";
import {
  endLine,
  initReportLine,
  LineSplitter,
  reportLine,
  startLine,
  type InvocationReport,
  type LogEvent,
} from "./log-format.ts";

export interface EnvironmentLogOptions {
  readonly functionName: string;
  /** Without it, and without a caller that asks for the log, no line is made. */
  readonly onLog: ((event: LogEvent) => void) | undefined;
  /** The invocation that output belongs to. */
  readonly current: () => InvocationInProgress | undefined;
}

/** Writes to whoever listens and, for `X-Amz-Log-Result`, to the invocation itself. */
export class EnvironmentLog {
  readonly #options: EnvironmentLogOptions;
  readonly #splitters: { readonly stdout: LineSplitter; readonly stderr: LineSplitter };

  constructor(options: EnvironmentLogOptions) {
    this.#options = options;
    const splitter = (): LineSplitter => new LineSplitter((line) => this.#write("function", line, options.current()));
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
    if (this.isObserved(of)) this.#write("platform", startLine(of.invocation.requestId), of);
  }

  initReport(of: InvocationInProgress, durationMs: number, status: "error" | "timeout", errorType?: string): void {
    this.#write("platform", initReportLine(durationMs, status, errorType), of);
  }

  /** END and REPORT, after what has no line break yet. */
  end(of: InvocationInProgress, report: Omit<InvocationReport, "requestId">): void {
    for (const splitter of Object.values(this.#splitters)) splitter.flush();
    if (!this.isObserved(of)) return;
    const { requestId } = of.invocation;
    this.#write("platform", endLine(requestId), of);
    this.#write("platform", reportLine({ requestId, ...report }), of);
  }

  #write(source: LogEvent["source"], line: string, of: InvocationInProgress | undefined): void {
    if (of?.invocation.keepsLog === true) of.log(line);
    const requestId = of?.begun === undefined ? undefined : of.invocation.requestId;
    this.#options.onLog?.({ functionName: this.#options.functionName, requestId, source, line });
  }
}
