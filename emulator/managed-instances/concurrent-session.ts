/**
 * The Runtime API as a bootstrap sees it that serves many events at the same time: the answers come in any order, and an
 * event that is over is over. States and refusals are those of Lambda's own server for Managed Instances
 * (aws-lambda-runtime-interface-emulator). No HTTP in here: `runtime-api/` translates.
 */
import {
  answer,
  answerStreaming,
  checkInvocationId,
  judgeResponse,
  type JudgedResponse,
} from "../answer-invocation.ts";
import type { Clock } from "../clock.ts";
import type { ReportedError, RuntimeCalls } from "../environment.ts";
import type { InvocationInProgress } from "../invocation.ts";
import { maxConcurrentErrorBytes, maxResponseBytes, maxWaitingWorkers } from "../limits.ts";
import type { NextRequest } from "../next-requests.ts";
import {
  refuseLateAnswer,
  refuseRequestId,
  refuseSize,
  refuseTransition,
  refuseTruncated,
  refuseWorker,
} from "../runtime-api-refusals.ts";
import type { ResponseSource } from "../streaming/streamed-response.ts";

export interface ConcurrentSessionOptions {
  readonly clock: Clock;
  readonly isStreamPaced: boolean;
  /** A worker of the runtime waits for an event. */
  readonly onNext: (isFirst: boolean) => void;
  /** The answer is there as a whole. */
  readonly onAnswered: (current: InvocationInProgress) => void;
  readonly onInitError: (error: ReportedError) => void;
}

/** Ids of more invocations that were timed out are not kept: their late answers are unknown ones. */
const maxTimedOut = 10_000;

/** One per bootstrap. */
export class ConcurrentSession implements RuntimeCalls {
  readonly #options: ConcurrentSessionOptions;
  #state: "Started" | "InitError" | "Ready" | "Stopped" = "Started";
  /** In the order in which they asked: threads of a runtime take turns. */
  readonly #waiting = new Set<NextRequest>();
  /** Workers that have answered and not yet asked again. */
  #returning = 0;
  /** Delivered and not answered, by request id. */
  readonly #inFlight = new Map<string, InvocationInProgress>();
  readonly #timedOut = new Set<string>();

  constructor(options: ConcurrentSessionOptions) {
    this.#options = options;
  }

  /** True once a worker has asked for an event. */
  get hasAsked(): boolean {
    return this.#state === "Ready";
  }

  get waitingWorkers(): number {
    return this.#waiting.size;
  }

  /** Those that wait, or can be expected to ask again. */
  get freeWorkers(): number {
    return this.#waiting.size + this.#returning;
  }

  isStreamingInvoke(requestId: string): boolean {
    return this.#inFlight.get(requestId)?.invocation.isStreamingInvoke === true;
  }

  /** The bootstrap is given up: whatever still comes from it is refused. */
  stop(): void {
    this.#state = "Stopped";
    this.#waiting.clear();
    this.#inFlight.clear();
  }

  next(request: NextRequest): () => void {
    if (this.#state !== "Started" && this.#state !== "Ready") throw refuseTransition(this.#state, "Ready");
    if (this.#waiting.size >= maxWaitingWorkers) throw refuseWorker();
    const isFirst = this.#state === "Started";
    this.#state = "Ready";
    this.#returning = Math.max(0, this.#returning - 1);
    this.#waiting.add(request);
    this.#options.onNext(isFirst);
    return () => void this.#waiting.delete(request);
  }

  /** Gives the invocation to the worker that has waited longest; there has to be one. */
  deliver(current: InvocationInProgress, deadlineMs: number): void {
    const [worker] = this.#waiting;
    if (worker === undefined) throw new Error("no worker waits");
    const { invocation } = current;
    this.#waiting.delete(worker);
    // A retry has the id of the attempt before it.
    this.#timedOut.delete(invocation.requestId);
    this.#inFlight.set(invocation.requestId, current);
    worker.onEvent({ invocation, deadlineMs });
  }

  /** The time of a delivered one is up. Its worker goes on, and hears of it with the late answer. */
  giveUp({ invocation: { requestId } }: InvocationInProgress): void {
    this.#inFlight.delete(requestId);
    this.#timedOut.add(requestId);
    const [oldest = ""] = this.#timedOut;
    if (this.#timedOut.size > maxTimedOut) this.#timedOut.delete(oldest);
  }

  /** A worker that was expected to ask again has not done so in all the time of an invocation. */
  missWorker(): void {
    this.#returning = Math.max(0, this.#returning - 1);
  }

  respond(requestId: string, body: Buffer | undefined, responseMode: string | undefined, invocationId?: string): void {
    const current = this.#take(requestId, invocationId);
    const judged = judgeResponse(body, responseMode);
    this.#answer(current, judged);
    if (judged.refusal !== undefined) throw judged.refusal;
  }

  async respondStreaming(requestId: string, source: ResponseSource, invocationId?: string): Promise<void> {
    const current = this.#take(requestId, invocationId);
    const kind = await answerStreaming(current, source, this.#options);
    // The platform has ended it.
    if (kind === "failed" || this.#state === "Stopped") throw refuseTruncated();
    this.#answered(current);
    if (kind === "truncated") throw refuseTruncated();
    if (kind === "too-large") throw refuseSize(current.invocation.maxStreamedBytes);
  }

  reportError(requestId: string, error: ReportedError, invocationId?: string): void {
    if (error.body.length > maxConcurrentErrorBytes) throw refuseSize(maxResponseBytes);
    const current = this.#take(requestId, invocationId);
    current.reportedErrorType = error.errorType;
    current.xrayCause = error.xrayCause;
    this.#answer(current, { payload: error.body, isFunctionError: true });
  }

  reportInitError(error: ReportedError): void {
    if (this.#state !== "Started") throw refuseTransition(this.#state, "InitError");
    this.#state = "InitError";
    this.#options.onInitError(error);
  }

  #answer(current: InvocationInProgress, judged: JudgedResponse): void {
    answer(current, judged, this.#options.clock.monotonicMs());
    this.#answered(current);
  }

  #answered(current: InvocationInProgress): void {
    this.#returning++;
    this.#options.onAnswered(current);
  }

  /** The first answer counts; a second one finds nothing any more. */
  #take(requestId: string, invocationId: string | undefined): InvocationInProgress {
    const current = this.#inFlight.get(requestId);
    if (current === undefined) throw this.#timedOut.delete(requestId) ? refuseLateAnswer() : refuseRequestId();
    checkInvocationId(current, invocationId);
    this.#inFlight.delete(requestId);
    return current;
  }
}
