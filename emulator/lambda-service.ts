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
import { maxEventRequestBytes, maxRequestBytes } from "./limits.ts";
import { invalidParameter, requestTooLarge, throttled } from "./service-refusals.ts";
import { createTraceId } from "./trace-id.ts";

/** What a caller asks for. */
export interface InvokeRequest {
  readonly payload: Buffer;
  /** From the query; must not contradict the one in the function name. */
  readonly qualifier?: string | undefined;
  /** Decoded JSON text. */
  readonly clientContext?: string | undefined;
  /** `X-Amzn-Trace-Id` of the caller. */
  readonly traceId?: string | undefined;
  readonly tenantId?: string | undefined;
  /** Wait for, and return, the end of the log. */
  readonly withLogTail?: boolean;
}

/** What a caller gets. */
export interface InvokeResult {
  readonly requestId: string;
  readonly payload: Buffer;
  readonly isFunctionError: boolean;
  /** Base64, only when asked for. */
  readonly logTail: string | undefined;
  readonly traceId: string;
}

/** One function of the service. */
export interface FunctionEntry {
  readonly configuration: FunctionConfiguration;
  code: FunctionCode;
  readonly pool: EnvironmentPool;
  readonly queue: EventQueue;
}

export interface LambdaServiceOptions {
  readonly clock: Clock;
  readonly onNotice: (message: string) => void;
}

const emptyEvent = Buffer.from("{}");

/** All functions of one emulator. */
export class LambdaService {
  readonly #options: LambdaServiceOptions;
  readonly #functions = new Map<string, FunctionEntry>();
  /** Invocations and queued events that are not done. */
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
      invoke: ({ requestId, payload, traceId, tenantId }) =>
        this.#run(entry, configuration.arn, requestId, { payload, traceId, tenantId }),
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
    const payload = checkPayload(request.payload, maxRequestBytes);
    this.#busy++;
    try {
      return await this.#run(entry, arn, randomUUID(), { ...request, payload });
    } finally {
      this.#done();
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
    const payload = checkPayload(request.payload, maxEventRequestBytes);
    const requestId = randomUUID();
    this.#busy++;
    entry.queue.enqueue({ requestId, payload, traceId: request.traceId, tenantId: request.tenantId });
    return requestId;
  }

  /** Resolves when nothing runs and nothing is queued. */
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

  async #run(entry: FunctionEntry, arn: string, requestId: string, request: InvokeRequest): Promise<InvokeResult> {
    const environment = entry.pool.acquire(request.tenantId);
    if (environment === undefined) throw throttled();
    const { payload, clientContext, tenantId, withLogTail: keepsLog = false } = request;
    const traceId = createTraceId(request.traceId, this.#options.clock.now());
    const invocationId = randomUUID();
    const invocation = {
      requestId,
      invocationId,
      payload,
      invokedFunctionArn: arn,
      traceId,
      clientContext,
      tenantId,
      keepsLog,
    };
    const inProgress = environment.assign(invocation);
    const answer = await inProgress.answered;
    const logTail = keepsLog ? await inProgress.logTail : undefined;
    return { requestId, ...answer, logTail, traceId };
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

/** Source: AWS Lambda developer guide, "Isolating tenants". */
function checkTenant({ tenantIsolation }: FunctionConfiguration, tenantId: string | undefined): void {
  if (tenantIsolation && tenantId === undefined) {
    throw invalidParameter(
      "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.",
    );
  }
  if (!tenantIsolation && tenantId !== undefined) {
    throw invalidParameter(
      "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.",
    );
  }
  if (tenantId !== undefined && !/^[a-zA-Z0-9._:/=+\-@ ]{1,256}$/.test(tenantId)) {
    throw invalidParameter(
      "The tenant ID must have 1 to 256 letters, digits, spaces and characters of . _ : / = + - @",
    );
  }
}

function checkPayload(payload: Buffer, maxBytes: number): Buffer {
  if (payload.length === 0) return emptyEvent;
  if (payload.length > maxBytes) throw requestTooLarge(maxBytes);
  try {
    JSON.parse(payload.toString("utf8"));
    return payload;
  } catch (error) {
    const reason = `Could not parse payload into json: ${(error as Error).message}`;
    throw new ServiceException(400, "InvalidRequestContentException", {
      Type: "User",
      message: `Could not parse request body into json: ${reason}`,
    });
  }
}
