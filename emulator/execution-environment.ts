/**
 * One sandbox: a bootstrap, its state and the invocation it works on. No HTTP in here: `runtime-api-app.ts` translates.
 * States and refusals are those of Lambda's own Runtime API server (aws-lambda-runtime-interface-emulator).
 */
import type { Clock } from "./clock.ts";
import { EnvironmentLog } from "./environment-log.ts";
import { refuseRequestId, refuseResponseMode, refuseSize, refuseTransition } from "./runtime-api-refusals.ts";
import {
  exitFailure,
  failurePayload,
  responseTooLargePayload,
  timeoutFailure,
  type PlatformFailure,
} from "./function-error.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import { InvocationInProgress, type DeliveredEvent, type Invocation } from "./invocation.ts";
import type { ExitStatus, RunningBootstrap, StartBootstrap } from "./launchers/launcher.ts";
import { initLimitMs, maxResponseBytes } from "./limits.ts";
import type { LogEvent } from "./log-format.ts";

type ReportedFailure = Pick<PlatformFailure, "status" | "errorType">;
type State = "Started" | "InitError" | "Ready" | "Running" | "RuntimeResponseSentState" | "Stopped";

export interface ExecutionEnvironmentOptions {
  readonly configuration: FunctionConfiguration;
  readonly clock: Clock;
  readonly onLog: ((event: LogEvent) => void) | undefined;
  /** It can take an invocation (again). */
  readonly onFree: (environment: ExecutionEnvironment) => void;
  /** It will take none any more. */
  readonly onGone: (environment: ExecutionEnvironment) => void;
}

/** A runtime that reported an init error is given this long to leave by itself, with its last words. */
const initErrorGraceMs = 500;

/** The state machine of one execution environment. */
export class ExecutionEnvironment {
  readonly #options: ExecutionEnvironmentOptions;
  readonly #log: EnvironmentLog;
  #state: State = "Started";
  #startBootstrap: StartBootstrap | undefined;
  #bootstrap: RunningBootstrap | undefined;
  #current: InvocationInProgress | undefined;
  /** Assigned while the runtime has answered the current one, but has not yet asked for the next. */
  #queued: InvocationInProgress | undefined;
  #waiting: ((event: DeliveredEvent) => void)[] = [];
  #initStartedMs = 0;
  #initDurationMs: number | undefined;
  #stopInitTimer: () => void = () => {};
  #initError: { readonly body: Buffer; readonly errorType: string } | undefined;
  /** The end of a bootstrap that was given up. */
  #leaving: Promise<void> = Promise.resolve();
  /** While REPORT waits for output and peak memory, the next event waits for REPORT. */
  #reporting: Promise<void> | undefined;

  constructor(options: ExecutionEnvironmentOptions) {
    this.#options = options;
    const { configuration, onLog } = options;
    this.#log = new EnvironmentLog({ functionName: configuration.name, onLog, current: () => this.#current });
  }

  /** True while the runtime waits in `next`. */
  get isReady(): boolean {
    return this.#state === "Ready";
  }

  /** Begins the init phase. */
  start(startBootstrap: StartBootstrap): void {
    if (this.#state === "Stopped") return;
    this.#startBootstrap = startBootstrap;
    this.#init();
  }

  /** Hands an invocation to a free environment; it is delivered when the runtime asks for it. */
  assign(invocation: Invocation): InvocationInProgress {
    const inProgress = new InvocationInProgress(invocation);
    if (this.#current === undefined) this.#current = inProgress;
    else this.#queued = inProgress;
    void this.#deliver();
    return inProgress;
  }

  /** `GET /runtime/invocation/next`. Returns how to stop waiting. Throws RuntimeApiRefusal. */
  next(onEvent: (event: DeliveredEvent) => void): () => void {
    const begun = this.#current?.begun;
    if (this.#state === "Running" && this.#current !== undefined && begun !== undefined) {
      // Legal: the same event is delivered again.
      onEvent({ invocation: this.#current.invocation, deadlineMs: begun.deadlineMs });
      return () => {};
    }
    if (this.#state === "Started") this.#initDone();
    else if (this.#state === "RuntimeResponseSentState") this.#finish();
    else if (this.#state !== "Ready") throw refuseTransition(this.#state, "Ready");
    this.#state = "Ready";
    this.#waiting.push(onEvent);
    void this.#deliver();
    return () => {
      this.#waiting = this.#waiting.filter((each) => each !== onEvent);
    };
  }

  /** `POST /runtime/invocation/{id}/response`; without a body when it was too large to be read. Throws RuntimeApiRefusal. */
  respond(requestId: string, body: Buffer | undefined, responseMode: string | undefined): void {
    const current = this.#requireRunning(requestId, "InvocationResponse");
    if (responseMode !== undefined) throw refuseResponseMode(responseMode);
    if (body === undefined || body.length > maxResponseBytes) {
      this.#answered(current, responseTooLargePayload(maxResponseBytes), true);
      throw refuseSize(maxResponseBytes);
    }
    this.#answered(current, body, false);
  }

  /** `POST /runtime/invocation/{id}/error`. Throws RuntimeApiRefusal. */
  reportError(requestId: string, body: Buffer): void {
    this.#answered(this.#requireRunning(requestId, "InvocationErrorResponse"), body, true);
  }

  /** `POST /runtime/init/error`. Throws RuntimeApiRefusal. */
  reportInitError(body: Buffer, errorType: string): void {
    if (this.#state !== "Started") throw refuseTransition(this.#state, "InitError");
    this.#state = "InitError";
    this.#initError = { body, errorType };
    this.#stopInitTimer();
    const stopTimer = this.#options.clock.startTimer(initErrorGraceMs, () => this.#bootstrap?.kill());
    void this.#bootstrap?.exited.finally(stopTimer);
  }

  /** Ends the environment; the invocation it works on is abandoned. Resolves when the bootstrap is gone. */
  async stop(): Promise<void> {
    const wasStopped = this.#state === "Stopped";
    this.#state = "Stopped";
    this.#stopInitTimer();
    for (const each of [this.#current, this.#queued]) each?.abandon();
    this.#current = this.#queued = undefined;
    this.#bootstrap?.kill();
    await this.#bootstrap?.exited;
    await this.#leaving;
    if (!wasStopped) this.#options.onGone(this);
  }

  #init(): void {
    this.#stopInitTimer = this.#options.clock.startTimer(initLimitMs, () => this.#initFailed("timeout"));
    this.#launch();
  }

  #launch(): void {
    this.#state = "Started";
    this.#waiting = [];
    this.#initStartedMs = this.#options.clock.monotonicMs();
    const bootstrap = this.#startBootstrap?.((stream, chunk) => this.#log.push(stream, chunk));
    this.#bootstrap = bootstrap;
    void bootstrap?.exited.then((exit) => {
      if (this.#bootstrap === bootstrap) this.#exited(exit);
    });
  }

  #initDone(): void {
    this.#stopInitTimer();
    // A repeated init counts as part of the invocation.
    if (this.#current?.begun === undefined)
      this.#initDurationMs = this.#options.clock.monotonicMs() - this.#initStartedMs;
  }

  async #deliver(): Promise<void> {
    if (this.#reporting !== undefined) await this.#reporting;
    const current = this.#current;
    if (this.#state !== "Ready" || current === undefined) return;
    const onEvent = this.#waiting.shift();
    if (onEvent === undefined) return;
    const { deadlineMs } = this.#begin(current);
    this.#state = "Running";
    onEvent({ invocation: current.invocation, deadlineMs });
  }

  /** The clock of the timeout starts here, once per invocation. */
  #begin(current: InvocationInProgress): { readonly deadlineMs: number } {
    if (current.begun === undefined) {
      const { clock, configuration } = this.#options;
      current.begun = {
        startedMs: clock.monotonicMs(),
        deadlineMs: Math.round(clock.now()) + configuration.timeoutMs,
        stopTimer: clock.startTimer(configuration.timeoutMs, () => this.#timedOut()),
      };
      this.#log.start(current);
    }
    return current.begun;
  }

  #answered(current: InvocationInProgress, payload: Buffer, isFunctionError: boolean): void {
    this.#state = "RuntimeResponseSentState";
    current.answer(payload, isFunctionError);
    // The caller may ask again before the runtime does; the event then waits for its `next`.
    this.#options.onFree(this);
  }

  #timedOut(): void {
    const { configuration } = this.#options;
    this.#fail(timeoutFailure(configuration.timeoutMs));
  }

  #exited(exit: ExitStatus): void {
    if (this.#state === "Stopped") return;
    if (this.#state === "Started") return this.#initFailed("error", exit);
    if (this.#state === "InitError") return this.#failWithInitError();
    this.#fail(exitFailure(exit));
  }

  /** Crash or time limit before the first `next`: repeated once, inside the invocation that waits. */
  #initFailed(status: "error" | "timeout", exit?: ExitStatus): void {
    this.#stopInitTimer();
    const current = this.#current;
    const failure = exit === undefined ? undefined : exitFailure(exit);
    if (current === undefined || current.begun !== undefined || exit?.kind === "not-started") {
      return this.#fail(failure ?? timeoutFailure(initLimitMs));
    }
    const durationMs = this.#options.clock.monotonicMs() - this.#initStartedMs;
    this.#log.initReport(current, durationMs, status, failure?.errorType);
    const previous = this.#bootstrap;
    this.#bootstrap = undefined;
    previous?.kill();
    this.#leaving = Promise.resolve(previous?.exited).then(() => {
      if (this.#state === "Stopped") return;
      this.#begin(current);
      this.#launch();
    });
  }

  #failWithInitError(): void {
    const current = this.#current;
    const { body, errorType } = this.#initError ?? { body: Buffer.alloc(0), errorType: "Runtime.Unknown" };
    this.#state = "Stopped";
    if (current !== undefined) {
      this.#begin(current);
      current.answer(body, true);
      this.#finish({ status: "error", errorType });
    }
    this.#options.onGone(this);
  }

  /** The platform ends the invocation, and the bootstrap with it. */
  #fail(failure: PlatformFailure): void {
    const current = this.#current;
    const bootstrap = this.#bootstrap;
    this.#state = "Stopped";
    if (current !== undefined) {
      this.#begin(current);
      current.begun?.stopTimer();
      if (!current.isAnswered) current.answer(failurePayload(failure, current.invocation.requestId), true);
    }
    const peak = this.#lookAtBootstrap();
    this.#bootstrap = undefined;
    bootstrap?.kill();
    if (this.#queued === undefined) this.#options.onGone(this);
    // Its last output still belongs before END.
    this.#leaving = Promise.resolve(bootstrap?.exited).then(async () => {
      this.#finish(failure, peak);
      await this.#reporting;
      // Promised to this environment before it failed: it starts over.
      if (this.#current !== undefined) this.#init();
    });
  }

  /** END and REPORT, behind what the function has written; then the queued invocation, if any, is the current one. */
  #finish(failure?: ReportedFailure, peak = this.#lookAtBootstrap()): void {
    const current = this.#current;
    const begun = current?.begun;
    if (current === undefined || begun === undefined) return;
    begun.stopTimer();
    const durationMs = this.#options.clock.monotonicMs() - begun.startedMs;
    const initDurationMs = this.#initDurationMs;
    this.#initDurationMs = undefined;
    const report = (peakMemoryBytes: number | undefined): void => {
      const memorySizeMib = this.#options.configuration.memoryMib;
      this.#log.end(current, { durationMs, initDurationMs, memorySizeMib, peakMemoryBytes, failure });
      current.finish();
      this.#current = this.#queued;
      this.#queued = undefined;
    };
    if (!(peak instanceof Promise)) return report(peak);
    this.#reporting = peak.then(report).finally(() => (this.#reporting = undefined));
  }

  /** Peak memory, once all output so far has been read; only when somebody will see it, since it costs system calls. */
  #lookAtBootstrap(): number | undefined | Promise<number | undefined> {
    const bootstrap = this.#bootstrap;
    if (bootstrap === undefined || !this.#log.isObserved(this.#current)) return undefined;
    const peak = bootstrap.peakMemoryBytes();
    return bootstrap.outputRead()?.then(() => peak) ?? peak;
  }

  #requireRunning(requestId: string, to: string): InvocationInProgress {
    const current = this.#current;
    if (current?.begun === undefined || current.invocation.requestId !== requestId) throw refuseRequestId();
    if (this.#state !== "Running") throw refuseTransition(this.#state, to);
    return current;
  }
}
