/** What an execution environment works on: the current invocation, the one promised to it, and the lines around them. */
import type { Clock } from "./clock.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import { failurePayload, truncatedResponse, type PlatformFailure } from "./function-error.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import type { InitDurations } from "./init-phase.ts";
import { answerSpans, outcomeOf } from "./invocation-outcome.ts";
import { InvocationInProgress, type Invocation } from "./invocation.ts";
import type { RunningProcess } from "./launchers/launcher.ts";
import type { InvocationReport } from "./log-format.ts";
import type { Outcome } from "./telemetry/platform-records.ts";

type PeakMemory = number | undefined | Promise<number | undefined>;

export interface InvocationSlotOptions {
  readonly configuration: FunctionConfiguration;
  readonly clock: Clock;
  readonly onNotice?: ((message: string) => void) | undefined;
}

/** One per environment. */
export class InvocationSlot {
  readonly #configuration: FunctionConfiguration;
  readonly #clock: Clock;
  readonly #onNotice: ((message: string) => void) | undefined;
  readonly #log: EnvironmentLog;
  #current: InvocationInProgress | undefined;
  /** Assigned while the runtime has answered the current one, but has not yet asked for the next. */
  #queued: InvocationInProgress | undefined;
  #reporting: Promise<void> | undefined;
  #isOverLimit = false;
  /** When the platform ended the present one. */
  #failedMs: number | undefined;

  constructor({ configuration, clock, onNotice }: InvocationSlotOptions, log: EnvironmentLog) {
    this.#configuration = configuration;
    this.#clock = clock;
    this.#onNotice = onNotice;
    this.#log = log;
  }

  get current(): InvocationInProgress | undefined {
    return this.#current;
  }

  get hasQueued(): boolean {
    return this.#queued !== undefined;
  }

  /** While REPORT waits for output and peak memory, the next event waits for REPORT. */
  get reporting(): Promise<void> | undefined {
    return this.#reporting;
  }

  assign(invocation: Invocation): InvocationInProgress {
    const inProgress = new InvocationInProgress(invocation);
    if (this.#current === undefined) this.#current = inProgress;
    else this.#queued = inProgress;
    return inProgress;
  }

  /** The clock of the timeout starts here, once per invocation. */
  begin(
    current: InvocationInProgress,
    bootstrap: RunningProcess | undefined,
    onTimeout: () => void,
  ): { readonly deadlineMs: number } {
    if (current.begun !== undefined) return current.begun;
    const begun = current.begin(this.#configuration, this.#clock, onTimeout);
    if (this.#log.isObserved(current)) bootstrap?.watchMemory?.();
    return begun;
  }

  /** START, behind an init that is repeated, though that is part of the invocation's time. @returns false the second time */
  start(current: InvocationInProgress): boolean {
    if (current.isStarted) return false;
    this.#log.start(current);
    return true;
  }

  /**
   * The platform ends it.
   *
   * @param of `body`: what the runtime said about it; `isStreaming`: its answer has begun
   */
  fail(
    current: InvocationInProgress,
    failure: PlatformFailure,
    of: { readonly body: Buffer | undefined; readonly isStreaming: boolean },
  ): void {
    current.begun?.stopTimer();
    // What the processes need to end is nobody's time.
    this.#failedMs ??= this.#clock.monotonicMs();
    // Whether the end of the process or that of its connection is seen first is chance.
    const told = of.isStreaming && failure.status === "error" ? truncatedResponse : failure;
    current.fail(of.body ?? failurePayload(told, current.invocation.requestId));
  }

  /** The runtime asked for the next event, or is gone. */
  runtimeDone(failure?: Outcome): void {
    const current = this.#current;
    const begun = current?.begun;
    if (current === undefined || begun === undefined || !this.#log.isObserved(current)) return;
    const nowMs = this.#failedMs ?? this.#clock.monotonicMs();
    this.#log.runtimeDone(current, {
      ...outcomeOf(current, failure),
      durationMs: nowMs - begun.startedMs,
      producedBytes: current.producedBytes,
      spans: answerSpans(current, this.#clock, nowMs),
    });
  }

  /** END and REPORT, behind what the function has written; then the queued invocation, if any, is the current one. */
  finish({ initialization, ...given }: Pick<InvocationReport, "failure"> & InitDurations, peak: PeakMemory): void {
    const current = this.#current;
    const begun = current?.begun;
    // A runtime that ends while its last invocation is being reported has nothing more to report.
    if (current === undefined || begun === undefined || this.#reporting !== undefined) return;
    begun.stopTimer();
    current.initialization = initialization;
    const durationMs = (this.#failedMs ?? this.#clock.monotonicMs()) - begun.startedMs;
    this.#failedMs = undefined;
    const report = (peakMemoryBytes: number | undefined): void => {
      const memorySizeMib = this.#configuration.memoryMib;
      this.#watchLimit(peakMemoryBytes ?? 0);
      const { reportedErrorType } = current;
      this.#log.end(current, { ...given, durationMs, memorySizeMib, peakMemoryBytes, reportedErrorType });
      current.finish();
      this.#current = this.#queued;
      this.#queued = undefined;
    };
    if (!(peak instanceof Promise)) return report(peak);
    this.#reporting = peak.then(report).finally(() => (this.#reporting = undefined));
  }

  /** A process of this machine is not ended at its limit as on Lambda; whoever runs it is told, once. */
  #watchLimit(peakMemoryBytes: number): void {
    const { name, memoryMib } = this.#configuration;
    const usedMib = Math.ceil(peakMemoryBytes / 1_048_576);
    if (usedMib <= memoryMib || this.#isOverLimit) return;
    this.#isOverLimit = true;
    this.#onNotice?.(
      `${name} used ${usedMib} MB of its ${memoryMib} MB: Lambda would have ended it (Runtime.OutOfMemory); give it more by --memory`,
    );
  }

  /** Peak memory, once all output so far has been read; only when somebody will see it, since it costs system calls. */
  lookAt(bootstrap: RunningProcess | undefined): PeakMemory {
    if (bootstrap === undefined || !this.#log.isObserved(this.#current)) return undefined;
    const peak = bootstrap.peakMemoryBytes();
    return bootstrap.outputRead()?.then(() => peak) ?? peak;
  }

  /** The environment is stopped under them. @returns when what was answered before is reported */
  abandon(): Promise<void> | undefined {
    for (const each of [this.#current, this.#queued]) each?.abandon();
    this.#current = this.#queued = this.#failedMs = undefined;
    return this.#reporting;
  }
}
