/**
 * One sandbox: a bootstrap, its state and the invocation it works on. No HTTP in here: `runtime-api-app.ts` translates.
 * States and refusals are those of Lambda's own Runtime API server (aws-lambda-runtime-interface-emulator).
 */
import type { Clock } from "./clock.ts";
import { EnvironmentLog } from "./environment-log.ts";
import {
  refuseInvocationId,
  refuseRequestId,
  refuseResponseMode,
  refuseSize,
  refuseTransition,
} from "./runtime-api-refusals.ts";
import {
  exitFailure,
  failurePayload,
  responseTooLargePayload,
  timeoutFailure,
  type PlatformFailure,
} from "./function-error.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import type { Invocation, InvocationInProgress } from "./invocation.ts";
import { InvocationSlot } from "./invocation-slot.ts";
import type { ExitStatus, RunningBootstrap, StartBootstrap } from "./launchers/launcher.ts";
import { InitPhase } from "./init-phase.ts";
import { initErrorGraceMs, initLimitMs, maxResponseBytes } from "./limits.ts";
import type { LogEvent } from "./log-format.ts";
import { NextRequests, type NextRequest } from "./next-requests.ts";

type State = "Started" | "InitError" | "Ready" | "Running" | "RuntimeResponseSentState" | "Stopped";

export interface ExecutionEnvironmentOptions {
  readonly configuration: FunctionConfiguration;
  readonly clock: Clock;
  readonly onLog: ((event: LogEvent) => void) | undefined;
  readonly onNotice?: ((message: string) => void) | undefined;
  /** @default that of on-demand environments */
  readonly initLimitMs?: number;
  /** It can take an invocation (again). */
  readonly onFree: (environment: ExecutionEnvironment) => void;
  /** It will take none any more. */
  readonly onGone: (environment: ExecutionEnvironment) => void;
}

/** The state machine of one execution environment. */
export class ExecutionEnvironment {
  readonly #options: ExecutionEnvironmentOptions;
  readonly #log: EnvironmentLog;
  #state: State = "Started";
  #startBootstrap: StartBootstrap | undefined;
  #bootstrap: RunningBootstrap | undefined;
  readonly #slot: InvocationSlot;
  readonly #waiting = new NextRequests();
  readonly #initPhase: InitPhase;
  #wasReady = false;
  #isRetiring = false;
  #isGone = false;
  readonly #ended = Promise.withResolvers<void>();
  /** The end of a bootstrap that was given up. */
  #leaving: Promise<void> = Promise.resolve();

  constructor(options: ExecutionEnvironmentOptions) {
    this.#options = options;
    this.#initPhase = new InitPhase(options.clock, options.initLimitMs ?? initLimitMs);
    this.#log = new EnvironmentLog(options, () => this.#slot.current);
    this.#slot = new InvocationSlot(options, this.#log);
  }

  /** True while the runtime waits in `next`. */
  get isReady(): boolean {
    return this.#state === "Ready";
  }

  /** True once the runtime has asked for an event. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Resolves when a bootstrap that was given up is gone, and its last invocation reported. */
  get left(): Promise<void> {
    return this.#leaving;
  }

  /** Begins the init phase. */
  start(startBootstrap: StartBootstrap): void {
    if (this.#state === "Stopped") return;
    this.#startBootstrap = startBootstrap;
    this.#init();
  }

  /** Hands an invocation to a free environment; it is delivered when the runtime asks for it. */
  assign(invocation: Invocation): InvocationInProgress {
    const inProgress = this.#slot.assign(invocation);
    void this.#deliver();
    return inProgress;
  }

  /** `GET /runtime/invocation/next`. Returns how to stop waiting. Throws RuntimeApiRefusal. */
  next(request: NextRequest): () => void {
    const begun = this.#slot.current?.begun;
    if (this.#state === "Running" && this.#slot.current !== undefined && begun !== undefined) {
      // Legal: the same event is delivered again.
      request.onEvent({ invocation: this.#slot.current.invocation, deadlineMs: begun.deadlineMs });
      return () => {};
    }
    if (this.#state === "Started") this.#initPhase.done(begun !== undefined);
    else if (this.#state === "RuntimeResponseSentState") this.#finish();
    else if (this.#state !== "Ready") throw refuseTransition(this.#state, "Ready");
    this.#state = "Ready";
    this.#wasReady = true;
    const stopWaiting = this.#waiting.add(request);
    if (this.#isRetiring) void this.#stopWhenReported();
    else void this.#deliver();
    return stopWaiting;
  }

  /** `POST /runtime/invocation/{id}/response`; without a body when it was too large to be read. Throws RuntimeApiRefusal. */
  respond(requestId: string, body: Buffer | undefined, responseMode: string | undefined, invocationId?: string): void {
    const current = this.#requireRunning(requestId, invocationId, "InvocationResponse");
    if (responseMode !== undefined) {
      if (responseMode !== "streaming") this.#answered(current, Buffer.alloc(0), true);
      throw refuseResponseMode(responseMode);
    }
    if (body === undefined || body.length > maxResponseBytes) {
      this.#answered(current, responseTooLargePayload(maxResponseBytes), true);
      throw refuseSize(maxResponseBytes);
    }
    this.#answered(current, body, false);
  }

  /** `POST /runtime/invocation/{id}/error`. Throws RuntimeApiRefusal. */
  reportError(requestId: string, body: Buffer, invocationId?: string): void {
    this.#answered(this.#requireRunning(requestId, invocationId, "InvocationErrorResponse"), body, true);
  }

  /** `POST /runtime/init/error`. Throws RuntimeApiRefusal. */
  reportInitError(body: Buffer, errorType: string): void {
    if (this.#state !== "Started") throw refuseTransition(this.#state, "InitError");
    this.#state = "InitError";
    this.#initPhase.error = { body, errorType };
    this.#initPhase.stopTimer();
    const stopTimer = this.#options.clock.startTimer(initErrorGraceMs, () => this.#bootstrap?.kill());
    void this.#bootstrap?.exited.finally(stopTimer);
  }

  /** Takes no new invocation and ends once it has nothing left to do. Resolves when the bootstrap is gone. */
  async retire(): Promise<void> {
    this.#isRetiring = true;
    if (this.#slot.current === undefined) await this.stop();
    else await this.#ended.promise;
  }

  /** Ends the environment; the invocation it works on is abandoned. Resolves when the bootstrap is gone. */
  async stop(): Promise<void> {
    this.#state = "Stopped";
    this.#initPhase.stopTimer();
    this.#slot.abandon();
    this.#bootstrap?.kill();
    await this.#bootstrap?.exited;
    await this.#leaving;
    this.#gone();
  }

  #init(): void {
    this.#initPhase.limit(() => this.#initFailed("timeout"));
    this.#launch();
  }

  #launch(): void {
    this.#state = "Started";
    this.#waiting.clear();
    this.#initPhase.begin();
    const bootstrap = this.#startBootstrap?.((stream, chunk) => this.#log.push(stream, chunk));
    this.#bootstrap = bootstrap;
    void bootstrap?.exited.then((exit) => {
      if (this.#bootstrap === bootstrap) this.#exited(exit);
    });
  }

  async #stopWhenReported(): Promise<void> {
    await this.#slot.reporting;
    // Something may have been assigned before it was to retire.
    if (this.#slot.current === undefined) await this.stop();
    else await this.#deliver();
  }

  async #deliver(): Promise<void> {
    if (this.#slot.reporting !== undefined) await this.#slot.reporting;
    const current = this.#slot.current;
    if (this.#state !== "Ready" || current === undefined) return;
    // The time is the caller's: it runs also while a runtime that hung up does not ask again.
    const { deadlineMs } = this.#begin(current);
    if (this.#waiting.isEmpty) return;
    this.#state = "Running";
    const isWorkedOn = (): boolean => this.#state === "Running" && this.#slot.current === current;
    this.#waiting.serve({ invocation: current.invocation, deadlineMs }, isWorkedOn);
  }

  #answered(current: InvocationInProgress, payload: Buffer, isFunctionError: boolean): void {
    this.#state = "RuntimeResponseSentState";
    current.answer(payload, isFunctionError);
    // The caller may ask again before the runtime does; the event then waits for its `next`.
    if (!this.#isRetiring) this.#options.onFree(this);
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
    this.#initPhase.stopTimer();
    const current = this.#slot.current;
    const failure = exit === undefined ? undefined : exitFailure(exit);
    if (current === undefined || current.begun !== undefined || exit?.kind === "not-started") {
      return this.#fail(failure ?? timeoutFailure(this.#options.initLimitMs ?? initLimitMs));
    }
    this.#log.initReport(current, this.#initPhase.elapsedMs(), status, failure?.errorType);
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
    const current = this.#slot.current;
    const { body, errorType } = this.#initPhase.error ?? { body: Buffer.alloc(0), errorType: "Runtime.Unknown" };
    this.#state = "Stopped";
    if (current !== undefined) {
      this.#begin(current);
      current.answer(body, true);
      this.#finish({ status: "error", errorType });
    }
    this.#gone();
  }

  /** The platform ends the invocation, and the bootstrap with it. */
  #fail(failure: PlatformFailure): void {
    const current = this.#slot.current;
    const bootstrap = this.#bootstrap;
    this.#state = "Stopped";
    if (current !== undefined) {
      this.#begin(current);
      current.begun?.stopTimer();
      if (!current.isAnswered) current.answer(failurePayload(failure, current.invocation.requestId), true);
    }
    const peak = this.#slot.lookAt(this.#bootstrap);
    this.#bootstrap = undefined;
    bootstrap?.kill();
    const isOver = !this.#slot.hasQueued;
    // Its last output still belongs before END.
    this.#leaving = Promise.resolve(bootstrap?.exited).then(async () => {
      this.#finish(failure, peak);
      await this.#slot.reporting;
      // Promised to this environment before it failed: it starts over.
      if (this.#slot.current !== undefined) this.#init();
    });
    if (isOver) this.#gone();
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#options.onGone(this);
    this.#ended.resolve(this.#leaving);
  }

  #begin(current: InvocationInProgress): { readonly deadlineMs: number } {
    return this.#slot.begin(current, this.#bootstrap, () => this.#timedOut());
  }

  #finish(failure?: Pick<PlatformFailure, "status" | "errorType">, peak = this.#slot.lookAt(this.#bootstrap)): void {
    const isBegun = this.#slot.current?.begun !== undefined;
    this.#slot.finish({ failure, initDurationMs: isBegun ? this.#initPhase.takeDurationMs() : undefined }, peak);
  }

  #requireRunning(requestId: string, invocationId: string | undefined, to: string): InvocationInProgress {
    const current = this.#slot.current;
    // With `next` the runtime is done with it, also while its REPORT is still on the way.
    const isOver = this.#state === "Ready" || current?.begun === undefined;
    if (isOver || current.invocation.requestId !== requestId) throw refuseRequestId();
    if ((invocationId ?? current.invocation.invocationId) !== current.invocation.invocationId)
      throw refuseInvocationId();
    if (this.#state !== "Running") throw refuseTransition(this.#state, to);
    return current;
  }
}
