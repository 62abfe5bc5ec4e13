/** The Lambda service without HTTP: functions by name, and the way of an invocation from request to answer. */
import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import { deliver } from "./destination.ts";
import { EnvironmentPool, type EnvironmentPoolOptions } from "./environment-pool.ts";
import { EmulatorError, ServiceException } from "./errors.ts";
import { EventQueue } from "./event-queue.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import type { FunctionCode } from "./function-description.ts";
import type { FunctionReference } from "./function-name.ts";
import {
  checkPayload,
  checkTenant,
  type InvokeRequest,
  type InvokeResult,
  type StreamingInvokeResult,
} from "./invoke-request.ts";
import type { Answer, Invocation, InvocationInProgress } from "./invocation.ts";
import { maxEventRequestBytes, maxRequestBytes, maxResponseBytes, maxStreamedResponseBytes } from "./limits.ts";
import { invalidParameter, throttled } from "./service-refusals.ts";
import { collect, errorOf, piecesOf } from "./streaming/read-answer.ts";
import { createTraceId } from "./trace-id.ts";
import type { RequestTrace, Tracer } from "./xray/tracer.ts";

/** One function of the service. */
export interface FunctionEntry {
  readonly configuration: FunctionConfiguration;
  code: FunctionCode;
  readonly pool: EnvironmentPool;
  readonly queue: EventQueue;
}

export interface LambdaServiceOptions {
  /** Undefined where nothing is traced. */
  readonly tracer?: Tracer | undefined;
  readonly clock: Clock;
  readonly onNotice: (message: string) => void;
}

type IdentifiedRequest = InvokeRequest & { readonly requestId: string };

/** All functions of one emulator. */
export class LambdaService {
  readonly #options: LambdaServiceOptions;
  readonly #functions = new Map<string, FunctionEntry>();
  /** Invocations and queued events that are not done: a caller waits, or REPORT is still to come. */
  #busy = 0;
  #whenIdle: (() => void)[] = [];
  #isClosed = false;

  constructor(options: LambdaServiceOptions) {
    this.#options = options;
  }

  get functions(): readonly FunctionEntry[] {
    return [...this.#functions.values()];
  }

  /** Adds a function and starts its provisioned environments. */
  addFunction(options: Omit<EnvironmentPoolOptions, "clock"> & { readonly code: FunctionCode }): FunctionEntry {
    const { clock, onNotice } = this.#options;
    const { configuration, code } = options;
    const pool = new EnvironmentPool({ ...options, clock, onNotice });
    const queue = new EventQueue({
      functionArn: `${configuration.arn}:$LATEST`,
      config: configuration.eventInvokeConfig,
      isPaused: configuration.concurrency === 0,
      clock,
      onNotice,
      onDone: () => this.#done(),
      invoke: ({ requestId, payload, traceId, tenantId, trace }) =>
        this.#run(entry, configuration.arn, { requestId, payload, traceId, tenantId }, trace),
      deliver: (destination, record) =>
        deliver(
          destination,
          record,
          (name, event) => void this.enqueue({ name, qualifier: undefined }, { payload: event }),
        ),
    });
    const entry: FunctionEntry = { configuration, code, pool, queue };
    this.#functions.set(configuration.name, entry);
    pool.startWarm();
    return entry;
  }

  /**
   * Checks that a function can be invoked, as `DryRun` does.
   *
   * @throws ServiceException 404 `ResourceNotFoundException`, 400 `InvalidParameterValueException`
   */
  findFunction({ name, qualifier }: FunctionReference, queryQualifier?: string): { entry: FunctionEntry; arn: string } {
    if (qualifier !== undefined && queryQualifier !== undefined && qualifier !== queryQualifier) {
      throw invalidParameter("The derived qualifier from the function name does not match the specified qualifier.");
    }
    const asked = queryQualifier ?? qualifier;
    const entry = this.#functions.get(name) ?? this.#onlyFunction(name);
    if (entry === undefined || (asked !== undefined && asked !== "$LATEST")) {
      const { arn } = (entry ?? this.functions[0])?.configuration ?? { arn: name };
      const Message = `Function not found: ${arn.replace(/[^:]+$/, name)}:${asked ?? "$LATEST"}`;
      throw new ServiceException(404, "ResourceNotFoundException", { Type: "User", Message });
    }
    const { arn } = entry.configuration;
    return { entry, arn: asked === undefined ? arn : `${arn}:${asked}` };
  }

  /**
   * Invokes a function and waits for its answer.
   *
   * @throws ServiceException what Lambda refuses: unknown function, payload too large or no JSON, no free environment;
   *   EmulatorError `CLOSED`
   */
  async invoke(reference: FunctionReference, request: InvokeRequest): Promise<InvokeResult> {
    const { entry, arn } = this.#accept(reference, request);
    const payload = checkPayload(request, maxRequestBytes);
    this.#busy++;
    try {
      return await this.#run(entry, arn, identify({ ...request, payload }));
    } finally {
      this.#done();
    }
  }

  /**
   * Invokes a function and gives its answer back while it is made.
   *
   * @throws as `invoke`
   */
  async invokeStreaming(reference: FunctionReference, request: InvokeRequest): Promise<StreamingInvokeResult> {
    const { entry, arn } = this.#accept(reference, request);
    const payload = checkPayload(request, maxRequestBytes);
    this.#busy++;
    try {
      const identified = identify({ ...request, payload });
      const trace = this.#trace(entry, identified, false);
      const invocation = this.#toInvocation(arn, identified, true, trace);
      const { requestId, traceId, keepsLog } = invocation;
      const { inProgress, answer } = await this.#answer(entry, invocation);
      const { stream } = answer;
      const error = stream === undefined ? errorOf(answer) : stream.ended.then((end) => end.error);
      const completed = Promise.resolve(error).then(async (found) => ({
        error: found,
        logTail: keepsLog ? await inProgress.logTail : undefined,
      }));
      void completed.finally(() => this.#done());
      return { requestId, traceId, contentType: stream?.contentType, payload: stream ?? piecesOf(answer), completed };
    } catch (error) {
      this.#done();
      throw error;
    }
  }

  /**
   * Takes an event that is worked on later, with retries.
   *
   * @returns its request id
   * @throws ServiceException and EmulatorError as `invoke`, but for free environments: the event waits for one
   */
  enqueue(reference: FunctionReference, request: InvokeRequest): string {
    const { entry } = this.#accept(reference, request);
    const payload = checkPayload(request, maxEventRequestBytes);
    const { traceId, tenantId } = request;
    const requestId = randomUUID();
    this.#busy++;
    const trace = this.#trace(entry, { requestId, traceId }, true);
    entry.queue.enqueue({ requestId, payload, traceId, tenantId, trace });
    return requestId;
  }

  /** Resolves when nothing runs, nothing is queued and every invocation is reported. */
  async waitForIdle(): Promise<void> {
    if (this.#busy === 0 || this.#isClosed) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** Stops every environment of every function; from now on there are no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { queue } of this.functions) queue.close();
    await Promise.all(this.functions.map(({ pool }) => pool.close()));
    this.#idle();
  }

  #accept(
    reference: FunctionReference,
    { qualifier, tenantId }: InvokeRequest,
  ): { readonly entry: FunctionEntry; readonly arn: string } {
    if (this.#isClosed) throw new EmulatorError("CLOSED", "The emulator was closed before the function was invoked");
    const found = this.findFunction(reference, qualifier);
    checkTenant(found.entry.configuration, tenantId);
    return found;
  }

  async #run(
    entry: FunctionEntry,
    arn: string,
    request: IdentifiedRequest,
    trace = this.#trace(entry, request, false),
  ): Promise<InvokeResult> {
    const invocation = this.#toInvocation(arn, request, false, trace);
    const { requestId, traceId, keepsLog } = invocation;
    const { inProgress, answer } = await this.#answer(entry, invocation);
    const { payload, isFunctionError } = answer.stream === undefined ? answer : await collect(answer.stream);
    const logTail = keepsLog ? await inProgress.logTail : undefined;
    return { requestId, payload, isFunctionError, logTail, traceId };
  }

  async #answer(
    entry: FunctionEntry,
    invocation: Invocation,
  ): Promise<{ readonly inProgress: InvocationInProgress; readonly answer: Answer }> {
    const environment = entry.pool.acquire(invocation.tenantId);
    if (environment === undefined) throw throttled();
    const inProgress = environment.assign(invocation);
    // Until it is reported, and its log complete.
    this.#busy++;
    void inProgress.logTail.then(() => {
      invocation.trace?.end(inProgress);
      this.#done();
    });
    return { inProgress, answer: await inProgress.answered };
  }

  #toInvocation(
    arn: string,
    request: IdentifiedRequest,
    isStreamingInvoke: boolean,
    requestTrace: RequestTrace | undefined,
  ): Invocation {
    const { requestId, payload, clientContext, tenantId, withLogTail: keepsLog = false } = request;
    const trace = requestTrace?.beginAttempt();
    return {
      requestId,
      invocationId: randomUUID(),
      payload,
      invokedFunctionArn: arn,
      traceId: trace?.header ?? createTraceId(request.traceId, this.#options.clock.now()),
      trace,
      clientContext,
      tenantId,
      keepsLog,
      isStreamingInvoke,
      maxStreamedBytes: isStreamingInvoke ? maxStreamedResponseBytes : maxResponseBytes,
    };
  }

  #trace(
    { configuration }: FunctionEntry,
    { requestId, traceId: header }: Pick<IdentifiedRequest, "requestId" | "traceId">,
    isEvent: boolean,
  ): RequestTrace | undefined {
    return this.#options.tracer?.begin({ configuration, requestId, header, isEvent });
  }

  /** AWS's own emulator serves its one function under this name: tests written for it find it here as well. */
  #onlyFunction(name: string): FunctionEntry | undefined {
    return name === "function" && this.#functions.size === 1 ? this.functions[0] : undefined;
  }

  #done(): void {
    this.#busy--;
    if (this.#busy === 0) this.#idle();
  }

  #idle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

function identify(request: InvokeRequest): IdentifiedRequest {
  return { ...request, requestId: request.requestId ?? randomUUID() };
}
