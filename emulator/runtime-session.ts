/**
 * The Runtime API as one bootstrap sees it: states and refusals are those of Lambda's own server
 * (aws-lambda-runtime-interface-emulator). No HTTP in here: `runtime-api/` translates.
 */
import { answer, answerStreaming, checkInvocationId, judgeResponse, type JudgedResponse } from "./answer-invocation.ts";
import type { Clock } from "./clock.ts";
import type { ReportedError, RuntimeCalls, SnapshotCalls } from "./environment.ts";
import type { InvocationInProgress } from "./invocation.ts";
import { NextRequests, type NextRequest } from "./next-requests.ts";
import { refuseRequestId, refuseSize, refuseTransition, refuseTruncated } from "./runtime-api-refusals.ts";
import type { ResponseSource } from "./streaming/streamed-response.ts";

/** Lambda's names, which refusals tell. */
export type RuntimeState =
  | "Started"
  | "InitError"
  | "RestoreReady"
  | "Restoring"
  | "RuntimeRestoreErrorState"
  | "Ready"
  | "Running"
  | "InvocationResponse"
  | "RuntimeResponseSentState"
  | "Stopped";

export interface RuntimeSessionOptions {
  readonly clock: Clock;
  readonly isStreamPaced: boolean;
  readonly current: () => InvocationInProgress | undefined;
  /** The runtime asked for an event, having been in this state. */
  readonly onNext: (from: RuntimeState) => void;
  /** The answer to the current invocation is there as a whole. */
  readonly onAnswered: () => void;
  readonly onInitError: (error: ReportedError) => void;
  /** The runtime is ready for its snapshot. */
  readonly onSnapshot: () => void;
  readonly onRestoreError: (error: ReportedError) => void;
}

const comesBeforeReady: ReadonlySet<RuntimeState> = new Set([
  "Started",
  "Restoring",
  "RuntimeResponseSentState",
  "Ready",
]);

/** One per bootstrap. */
export class RuntimeSession implements RuntimeCalls, SnapshotCalls {
  readonly #options: RuntimeSessionOptions;
  readonly #waiting = new NextRequests();
  #state: RuntimeState = "Started";
  #answerRestore: (() => void) | undefined;

  constructor(options: RuntimeSessionOptions) {
    this.#options = options;
  }

  get state(): RuntimeState {
    return this.#state;
  }

  isStreamingInvoke(requestId: string): boolean {
    const invocation = this.#options.current()?.invocation;
    return invocation?.isStreamingInvoke === true && invocation.requestId === requestId;
  }

  /** The bootstrap is given up: whatever still comes from it is refused. */
  stop(): void {
    this.#state = "Stopped";
  }

  next(request: NextRequest): () => void {
    const current = this.#options.current();
    const from = this.#state;
    if (from === "Running" && current?.begun !== undefined) {
      // Legal: the same event is delivered again.
      request.onEvent({ invocation: current.invocation, deadlineMs: current.begun.deadlineMs });
      return () => {};
    }
    if (!comesBeforeReady.has(from)) throw refuseTransition(from, "Ready");
    this.#state = "Ready";
    const stopWaiting = this.#waiting.add(request);
    this.#options.onNext(from);
    return stopWaiting;
  }

  /** Gives the invocation to the runtime, if it asks for one. */
  deliver(current: InvocationInProgress, deadlineMs: number): void {
    if (this.#state !== "Ready" || this.#waiting.isEmpty) return;
    this.#state = "Running";
    const isWorkedOn = (): boolean => this.#state === "Running" && this.#options.current() === current;
    this.#waiting.serve({ invocation: current.invocation, deadlineMs }, isWorkedOn);
  }

  respond(requestId: string, body: Buffer | undefined, responseMode: string | undefined, invocationId?: string): void {
    const current = this.#requireRunning(requestId, invocationId, "InvocationResponse");
    const judged = judgeResponse(body, responseMode);
    this.#answer(current, judged);
    if (judged.refusal !== undefined) throw judged.refusal;
  }

  async respondStreaming(requestId: string, source: ResponseSource, invocationId?: string): Promise<void> {
    const current = this.#requireRunning(requestId, invocationId, "InvocationResponse");
    this.#state = "InvocationResponse";
    const kind = await answerStreaming(current, source, this.#options);
    // The platform may have ended it meanwhile.
    if (this.state !== "InvocationResponse" || this.#options.current() !== current) throw refuseTruncated();
    this.#state = "RuntimeResponseSentState";
    this.#options.onAnswered();
    if (kind === "truncated") throw refuseTruncated();
    if (kind === "too-large") throw refuseSize(current.invocation.maxStreamedBytes);
  }

  reportError(requestId: string, error: ReportedError, invocationId?: string): void {
    const current = this.#requireRunning(requestId, invocationId, "InvocationErrorResponse");
    current.reportedErrorType = error.errorType;
    current.xrayCause = error.xrayCause;
    this.#answer(current, { payload: error.body, isFunctionError: true });
  }

  reportInitError(error: ReportedError): void {
    if (this.#state !== "Started" && this.#state !== "Restoring") throw refuseTransition(this.#state, "InitError");
    this.#state = "InitError";
    this.#options.onInitError(error);
  }

  restoreNext(answerRestore: () => void): () => void {
    if (this.#state !== "Started") throw refuseTransition(this.#state, "RestoreReady");
    this.#state = "RestoreReady";
    this.#answerRestore = answerRestore;
    this.#options.onSnapshot();
    return () => void (this.#answerRestore = undefined);
  }

  /** The snapshot is used: the runtime runs its hooks, then asks for an event. */
  restore(): void {
    this.#state = "Restoring";
    this.#answerRestore?.();
  }

  reportRestoreError(error: ReportedError): void {
    if (this.#state !== "Restoring") throw refuseTransition(this.#state, "RuntimeRestoreErrorState");
    this.#state = "RuntimeRestoreErrorState";
    this.#options.onRestoreError(error);
  }

  #answer(current: InvocationInProgress, judged: JudgedResponse): void {
    this.#state = "RuntimeResponseSentState";
    answer(current, judged, this.#options.clock.monotonicMs());
    this.#options.onAnswered();
  }

  #requireRunning(requestId: string, invocationId: string | undefined, to: string): InvocationInProgress {
    const current = this.#options.current();
    // With `next` the runtime is done with it, also while its REPORT is still on the way.
    const isOver = this.#state === "Ready" || current?.begun === undefined;
    if (isOver || current.invocation.requestId !== requestId) throw refuseRequestId();
    checkInvocationId(current, invocationId);
    if (this.#state !== "Running") throw refuseTransition(this.#state, to);
    return current;
  }
}
