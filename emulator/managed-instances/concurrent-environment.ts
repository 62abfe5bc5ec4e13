/**
 * One sandbox of Lambda Managed Instances: the life of a bootstrap that works on many invocations at the same time. Its
 * processes outlive a timeout, but not a crash. Source: AWS Lambda developer guide, "Understanding the Lambda Managed
 * Instances execution environment".
 */
import { randomBytes } from "node:crypto";
import type { Environment, ReportedError } from "../environment.ts";
import { EnvironmentLog } from "../environment-log.ts";
import { EnvironmentRun } from "../environment-run.ts";
import type { ExecutionEnvironmentOptions } from "../execution-environment-options.ts";
import type { ExtensionHost } from "../extensions/extension-host.ts";
import {
  exitFailure,
  failurePayload,
  timeoutFailure,
  truncatedResponse,
  type PlatformFailure,
} from "../function-error.ts";
import { InitPhase } from "../init-phase.ts";
import { answerSpans, outcomeOf } from "../invocation-outcome.ts";
import { InvocationInProgress, type Invocation } from "../invocation.ts";
import type { ExitStatus, Sandbox } from "../launchers/launcher.ts";
import { initLimitMs } from "../limits.ts";
import { ConcurrentSession } from "./concurrent-session.ts";
import { requestIdOf } from "./request-id-of.ts";

/** The life of one environment. It is never started again: what comes after its end is another one's. */
export class ConcurrentEnvironment implements Environment {
  readonly #options: ExecutionEnvironmentOptions;
  readonly #maxConcurrency: number;
  readonly #log: EnvironmentLog;
  readonly #initPhase: InitPhase;
  readonly #run: EnvironmentRun<ConcurrentSession>;
  /** Assigned and not over. */
  readonly #open = new Set<InvocationInProgress>();
  /** Those of them that no worker has taken yet. */
  #queue: InvocationInProgress[] = [];
  /** Assigned and not reported, by request id. */
  readonly #unreported = new Map<string, InvocationInProgress>();
  /** Reports that wait for output. */
  readonly #reports = new Set<Promise<void>>();
  /** The pool has been told that it can take an invocation, and has not given it one since. */
  #isOffered = true;
  #isRetiring = false;
  #isOver = false;
  #isGone = false;
  readonly #ended = Promise.withResolvers<void>();
  #leaving: Promise<void> = Promise.resolve();
  readonly snapshot = undefined;

  constructor(options: ExecutionEnvironmentOptions) {
    const { clock, configuration, initializationType = "lambda-managed-instances" } = options;
    this.#options = options;
    this.#maxConcurrency = configuration.maxConcurrency ?? 1;
    this.#initPhase = new InitPhase(clock, options.initLimitMs ?? initLimitMs);
    this.#log = new EnvironmentLog({ ...options, initializationType }, (line) =>
      this.#unreported.get(requestIdOf(line) ?? ""),
    );
    this.#run = new EnvironmentRun({
      configuration,
      clock,
      log: this.#log,
      session: new ConcurrentSession({
        clock,
        isStreamPaced: configuration.isStreamPaced,
        onNext: (isFirst) => {
          if (isFirst) this.#runtimeInitialized();
          this.#advance();
        },
        onAnswered: (current) => this.#over(current),
        onInitError: (error) => this.#onInitError(error),
      }),
      onExtensionNext: () => this.#advance(),
      onExtensionFailure: ({ errorType, message }) => this.#fail({ status: "error", errorType, message }),
      onExited: (exit) => this.#exited(exit),
    });
  }

  get session(): ConcurrentSession {
    return this.#run.session;
  }

  get host(): ExtensionHost {
    return this.#run.host;
  }

  get isReady(): boolean {
    return this.#initPhase.isDone && this.session.waitingWorkers > this.#queue.length;
  }

  get wasReady(): boolean {
    return this.#initPhase.isDone;
  }

  /** Before the first worker asks, nobody knows how many there will be. */
  get hasRoom(): boolean {
    const hasWorker = !this.#initPhase.isDone || this.session.freeWorkers > this.#queue.length;
    return hasWorker && this.#open.size < this.#maxConcurrency;
  }

  get hasWork(): boolean {
    return this.#open.size > 0;
  }

  get left(): Promise<void> {
    return this.#leaving;
  }

  start(openSandbox: () => Sandbox): void {
    if (this.#isOver) return;
    this.#initPhase.limit(() => this.#fail(timeoutFailure(this.#initPhase.limitMs)));
    this.#initPhase.begin("init");
    this.#log.initStart("init", randomBytes(16).toString("hex"));
    this.#run.start(openSandbox());
  }

  assign(invocation: Invocation): InvocationInProgress {
    const inProgress = new InvocationInProgress(invocation);
    this.#open.add(inProgress);
    this.#unreported.set(invocation.requestId, inProgress);
    this.#queue.push(inProgress);
    this.#isOffered = false;
    this.#deliver();
    this.#offer();
    return inProgress;
  }

  restore(): boolean {
    return false;
  }

  async retire(): Promise<void> {
    this.#isRetiring = true;
    if (this.#unreported.size === 0) await this.stop();
    else await this.#ended.promise;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#initPhase.stopTimer();
    for (const each of this.#open) {
      each.abandon();
      this.#unreported.delete(each.invocation.requestId);
    }
    this.#open.clear();
    this.#queue = [];
    await this.#run.shutDown("spindown").allGone;
    // What was answered before is reported: its callers are to have the whole log.
    await Promise.all([this.#leaving, ...this.#reports]);
    this.#gone();
  }

  #runtimeInitialized(): void {
    this.#run.host.closeRegistration();
    this.#log.initRuntimeDone("init", { status: "success" });
  }

  /** A worker waits, or an extension does: with the first worker and the last extension the init is done. */
  #advance(): void {
    const { host, session } = this.#run;
    if (!this.#initPhase.isDone && session.hasAsked && host.isIdle) {
      host.closeSubscription();
      this.#log.initReport("init", this.#initPhase.elapsedMs, { status: "success" });
      this.#initPhase.done();
    }
    this.#deliver();
    this.#offer();
  }

  /** Events go to workers that wait; the clock of the others runs as well. */
  #deliver(): void {
    if (!this.#initPhase.isDone) return;
    const { session } = this.#run;
    for (const each of this.#queue) if (each.begun === undefined) this.#begin(each);
    for (const each of this.#queue.splice(0, session.waitingWorkers)) {
      session.deliver(each, each.begun?.deadlineMs ?? 0);
    }
  }

  /** Tells the pool once that there is room for one more. */
  #offer(): void {
    if (this.#isOffered || this.#isRetiring || this.#isOver || !this.hasRoom) return;
    this.#isOffered = true;
    this.#options.onFree(this);
  }

  #begin(current: InvocationInProgress): void {
    const { configuration, clock } = this.#options;
    current.begin(configuration, clock, () => this.#timedOut(current));
    this.#log.start(current);
  }

  /** The caller does not wait any longer; the worker goes on. */
  #timedOut(current: InvocationInProgress): void {
    const failure = timeoutFailure(this.#options.configuration.timeoutMs);
    const place = this.#queue.indexOf(current);
    if (place < 0) this.session.giveUp(current);
    else {
      this.#queue.splice(place, 1);
      this.session.missWorker();
    }
    current.fail(failurePayload(failure, current.invocation.requestId));
    this.#over(current, failure);
  }

  /** The caller has its answer. */
  #over(current: InvocationInProgress, failure?: PlatformFailure): void {
    current.begun?.stopTimer();
    this.#open.delete(current);
    const { startedMs = 0 } = current.begun ?? {};
    const durationMs = this.#options.clock.monotonicMs() - startedMs;
    const outputRead = this.#log.isObserved(current) ? this.#run.bootstrap?.outputRead() : undefined;
    if (outputRead === undefined) this.#report(current, durationMs, failure);
    else {
      const reported = outputRead.then(() => this.#report(current, durationMs, failure));
      this.#reports.add(reported);
      void reported.finally(() => this.#reports.delete(reported));
    }
    this.#offer();
  }

  #report(current: InvocationInProgress, durationMs: number, failure?: PlatformFailure): void {
    const spans = answerSpans(current, this.#options.clock);
    this.#log.concurrentReport(current, { ...outcomeOf(current, failure), durationMs, spans });
    current.finish();
    const { requestId } = current.invocation;
    if (this.#unreported.get(requestId) === current) this.#unreported.delete(requestId);
    if (this.#isRetiring && !this.#isOver && this.#unreported.size === 0) void this.stop();
  }

  /** The runtime is expected to leave. */
  #onInitError(error: ReportedError): void {
    this.#initPhase.error = error;
    this.#initPhase.stopTimer();
    this.#run.expectExit();
  }

  #exited(exit: ExitStatus): void {
    const { error } = this.#initPhase;
    if (error === undefined) this.#fail(exitFailure(exit));
    else this.#fail({ status: "error", errorType: error.errorType, message: "" }, error.body);
  }

  /** The processes are of no more use: everything they work on fails. @param body what the runtime said about it */
  #fail(failure: PlatformFailure, body?: Buffer): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#initPhase.stopTimer();
    if (!this.#initPhase.isDone) this.#log.initFailed(this.#initPhase, failure);
    const failed = [...this.#open];
    for (const each of failed) {
      if (each.begun === undefined) this.#begin(each);
      each.begun?.stopTimer();
      const told = each.isAnswered && failure.status === "error" ? truncatedResponse : failure;
      each.fail(body ?? failurePayload(told, each.invocation.requestId));
    }
    this.#open.clear();
    this.#queue = [];
    const { runtimeGone, allGone } = this.#run.shutDown(failure.status === "timeout" ? "timeout" : "failure");
    // Its last output still comes before the reports.
    this.#leaving = runtimeGone.then(async () => {
      for (const each of failed) {
        const { startedMs = 0 } = each.begun ?? {};
        this.#report(each, this.#options.clock.monotonicMs() - startedMs, failure);
      }
      await allGone;
    });
    this.#gone();
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#options.onGone(this);
    this.#ended.resolve(this.#leaving);
  }
}
