/**
 * One sandbox: the life of a bootstrap and its extensions from init over one invocation after the other to shutdown. What
 * the bootstrap may ask when, `runtime-session.ts` knows; what the extensions may, `extensions/extension-set.ts`.
 */
import { randomBytes } from "node:crypto";
import type { Environment, ReportedError, SnapshotCalls } from "./environment.ts";
import type { ExecutionEnvironmentOptions } from "./execution-environment-options.ts";
import { EnvironmentRun } from "./environment-run.ts";
import { EnvironmentLog, type InitPhaseName } from "./environment-log.ts";
import type { ExtensionHost } from "./extensions/extension-host.ts";
import { exitFailure, timeoutFailure, type PlatformFailure } from "./function-error.ts";
import type { Invocation, InvocationInProgress } from "./invocation.ts";
import { InvocationSlot } from "./invocation-slot.ts";
import type { ExitStatus, Sandbox } from "./launchers/launcher.ts";
import { InitPhase } from "./init-phase.ts";
import { initLimitMs, restoreLimitMs } from "./limits.ts";
import { RuntimeSession, type RuntimeState } from "./runtime-session.ts";
import type { Outcome } from "./telemetry/platform-records.ts";

/** The life of one execution environment. */
export class ExecutionEnvironment implements Environment {
  readonly #options: ExecutionEnvironmentOptions;
  readonly #log: EnvironmentLog;
  readonly #slot: InvocationSlot;
  readonly #initPhase: InitPhase;
  readonly hasRoom = true;
  readonly #instanceId = randomBytes(16).toString("hex");
  readonly #isSnapStart: boolean;
  #openSandbox: (() => Sandbox) | undefined;
  #run: EnvironmentRun<RuntimeSession>;
  /** The runtime is done with the invocation; its extensions may not be. */
  #awaitsReport = false;
  #isRestoreAskedEarly = false;
  #isStopped = false;
  #isRetiring = false;
  #isGone = false;
  readonly #ended = Promise.withResolvers<void>();
  /** The end of processes that were given up. */
  #leaving: Promise<void> = Promise.resolve();

  constructor(options: ExecutionEnvironmentOptions) {
    const { clock, initializationType = "on-demand" } = options;
    this.#options = options;
    this.#isSnapStart = initializationType === "snap-start";
    this.#initPhase = new InitPhase(clock, options.initLimitMs ?? initLimitMs);
    this.#log = new EnvironmentLog({ ...options, initializationType }, () => this.#slot.current);
    this.#slot = new InvocationSlot(options, this.#log);
    this.#run = this.#newRun();
  }

  get session(): RuntimeSession {
    return this.#run.session;
  }

  get snapshot(): SnapshotCalls | undefined {
    return this.#isSnapStart ? this.session : undefined;
  }

  get host(): ExtensionHost {
    return this.#run.host;
  }

  /** Neither the runtime nor an extension is at work. */
  get isReady(): boolean {
    const { state } = this.session;
    return (state === "Ready" || state === "RestoreReady") && this.host.isIdle;
  }

  get wasReady(): boolean {
    return this.#initPhase.isDone;
  }

  get hasWork(): boolean {
    return this.#slot.current !== undefined;
  }

  get left(): Promise<void> {
    return this.#leaving;
  }

  start(openSandbox: () => Sandbox): void {
    if (this.#isStopped) return;
    this.#openSandbox = openSandbox;
    this.#init();
  }

  assign(invocation: Invocation): InvocationInProgress {
    const inProgress = this.#slot.assign(invocation);
    void this.#deliver();
    return inProgress;
  }

  restore(): boolean {
    const { state } = this.session;
    if (state === "RestoreReady" && this.isReady) return this.#restore();
    if (!this.#isSnapStart || state !== "Started" || this.#isRestoreAskedEarly) return false;
    return (this.#isRestoreAskedEarly = true);
  }

  async retire(): Promise<void> {
    this.#isRetiring = true;
    await (this.#slot.current === undefined ? this.stop() : this.#ended.promise);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#initPhase.stopTimer();
    // Its caller has the answer, so its log is to be complete.
    const isAnswered = this.session.state === "RuntimeResponseSentState";
    if (isAnswered) this.#slot.runtimeDone();
    if (isAnswered || this.#awaitsReport) this.#finish();
    const reported = this.#slot.abandon();
    await this.#run.shutDown("spindown").allGone;
    await Promise.all([reported, this.#leaving]);
    this.#gone();
  }

  #init(): void {
    this.#initPhase.limit(() => this.#initFailed({ status: "timeout" }));
    this.#launch(this.#isSnapStart ? "snap-start" : "init");
  }

  #launch(phase: InitPhaseName): void {
    this.#initPhase.begin(phase);
    this.#awaitsReport = false;
    this.#run = this.#newRun();
    this.#log.initStart(phase, this.#instanceId);
    const sandbox = this.#openSandbox?.();
    if (sandbox !== undefined) this.#run.start(sandbox);
  }

  #newRun(): EnvironmentRun<RuntimeSession> {
    const { clock, configuration } = this.#options;
    return new EnvironmentRun({
      configuration,
      clock,
      log: this.#log,
      session: new RuntimeSession({
        clock,
        isStreamPaced: configuration.isStreamPaced,
        current: () => this.#slot.current,
        onNext: (from) => this.#onNext(from),
        onAnswered: () => {
          // The caller may ask again before the runtime does; the event then waits for its `next`.
          if (!this.#isRetiring) this.#options.onFree(this);
        },
        onInitError: (error) => this.#onInitError(error),
        onSnapshot: () => this.#advance(),
        onRestoreError: (error) => this.#onInitError(error),
      }),
      onExtensionNext: () => this.#advance(),
      onExtensionFailure: (failure) => this.#processFailed({ status: "error", ...failure }),
      onExited: (exit) => this.#exited(exit),
    });
  }

  #onNext(from: RuntimeState): void {
    if (from === "RuntimeResponseSentState") {
      this.#slot.runtimeDone();
      this.#awaitsReport = true;
    } else if (from === "Restoring") {
      this.#initPhase.restored();
      this.#log.restoreDone(this.#initPhase.elapsedMs, { status: "success" });
    } else if (from === "Started") this.#runtimeInitialized();
    this.#advance();
  }

  #runtimeInitialized(): void {
    this.#run.host.closeRegistration();
    this.#log.initRuntimeDone(this.#initPhase.name, { status: "success" });
  }

  /** The runtime, or one of the extensions, has finished a part; with the last of them the whole goes on. */
  #advance(): void {
    if (!this.isReady) return;
    if (!this.#initPhase.isDone) {
      if (this.session.state === "RestoreReady") this.#runtimeInitialized();
      this.#run.host.closeSubscription();
      this.#log.initReport(this.#initPhase.name, this.#initPhase.elapsedMs, { status: "success" });
      this.#initPhase.done();
    } else if (this.#awaitsReport) {
      this.#awaitsReport = false;
      this.#finish();
    }
    if (this.#isRetiring) void this.#stopWhenReported();
    else if (!this.#isRestoreAskedEarly || !this.restore()) void this.#deliver();
  }

  async #stopWhenReported(): Promise<void> {
    await this.#slot.reporting;
    // Something may have been assigned before it was to retire.
    await (this.#slot.current === undefined ? this.stop() : this.#deliver());
  }

  async #deliver(): Promise<void> {
    if (this.#slot.reporting !== undefined) await this.#slot.reporting;
    const current = this.#slot.current;
    if (current === undefined || !this.#initPhase.isDone || this.#awaitsReport) return;
    if (this.restore() || this.session.state !== "Ready") return;
    // The time is the caller's: it runs also while a runtime that hung up does not ask again.
    const { deadlineMs } = this.#begin(current);
    const isNew = this.#slot.start(current);
    this.#run.session.deliver(current, deadlineMs);
    if (isNew) this.#run.host.invoke(current.invocation, deadlineMs);
  }

  #restore(): true {
    this.#initPhase.beginRestore(restoreLimitMs, () => this.#fail(timeoutFailure(restoreLimitMs)));
    this.#log.restoreStart(this.#instanceId);
    this.#run.session.restore();
    return true;
  }

  #onInitError(error: ReportedError): void {
    this.#initPhase.error = error;
    this.#initPhase.stopTimer();
    this.#run.expectExit();
  }

  #exited(exit: ExitStatus): void {
    if (this.#initPhase.error !== undefined) return this.#failedAsReported(this.#initPhase.error);
    const failure = exitFailure(exit);
    return exit.kind === "not-started" ? this.#fail(failure) : this.#processFailed(failure);
  }

  /** The runtime, or an extension. */
  #processFailed(failure: PlatformFailure): void {
    if (this.#initPhase.isDone) this.#fail(failure);
    else this.#initFailed({ status: "error", errorType: failure.errorType }, failure);
  }

  /** Error, crash or time limit before the first `next`: repeated once, inside the invocation that waits. */
  #initFailed(outcome: Outcome, failure?: PlatformFailure, body?: Buffer): void {
    this.#initPhase.stopTimer();
    this.#log.initFailed(this.#initPhase, outcome);
    const current = this.#slot.current;
    if (current === undefined || current.begun !== undefined) {
      return this.#fail(failure ?? timeoutFailure(this.#initPhase.limitMs), body);
    }
    this.#leaving = this.#run.shutDown(outcome.status === "timeout" ? "timeout" : "failure").allGone.then(() => {
      if (this.#isStopped) return;
      this.#begin(current);
      this.#launch("invoke");
    });
  }

  #failedAsReported({ body, errorType }: ReportedError): void {
    const failure: PlatformFailure = { status: "error", errorType, message: "" };
    if (!this.#initPhase.isDone) return this.#initFailed(failure, failure, body);
    this.#log.restoreDone(this.#initPhase.elapsedMs, failure);
    this.#fail(failure, body);
  }

  #timedOut(): void {
    if (!this.#initPhase.isDone) this.#log.initFailed(this.#initPhase, { status: "timeout" });
    this.#fail(timeoutFailure(this.#options.configuration.timeoutMs));
  }

  /** The platform ends the invocation, and the processes with it. @param body what the runtime said about it */
  #fail(failure: PlatformFailure, body?: Buffer): void {
    if (this.session.state === "Restoring") this.#log.restoreDone(this.#initPhase.elapsedMs, failure);
    const current = this.#slot.current;
    if (current !== undefined) {
      this.#begin(current);
      this.#slot.start(current);
      this.#slot.fail(current, failure, { body, isStreaming: this.session.state === "InvocationResponse" });
      if (!this.#awaitsReport) this.#slot.runtimeDone(failure);
    }
    this.#initPhase.stopTimer();
    const peak = this.#slot.lookAt(this.#run.bootstrap);
    const isOver = !this.#slot.hasQueued;
    const { runtimeGone, allGone } = this.#run.shutDown(failure.status === "timeout" ? "timeout" : "failure");
    // Its last output still belongs before END.
    this.#leaving = runtimeGone.then(async () => {
      this.#finish(failure, peak);
      await this.#slot.reporting;
      await allGone;
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
    return this.#slot.begin(current, this.#run.bootstrap, () => this.#timedOut());
  }

  #finish(failure?: PlatformFailure, peak = this.#slot.lookAt(this.#run.bootstrap)): void {
    if (this.#slot.current?.begun === undefined) return;
    this.#slot.finish({ failure, ...this.#initPhase.takeDurations() }, peak);
  }
}
