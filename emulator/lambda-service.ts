/** The Lambda service without HTTP: functions by name, and the way of an invocation from request to answer. */
import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import { EnvironmentPool, type EnvironmentPoolOptions } from "./environment-pool.ts";
import { EmulatorError, ServiceException } from "./errors.ts";
import type { FunctionReference } from "./function-name.ts";
import { maxRequestBytes } from "./limits.ts";
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

interface FunctionEntry {
  readonly arn: string;
  readonly pool: EnvironmentPool;
}

const emptyEvent = Buffer.from("{}");

/** All functions of one emulator. */
export class LambdaService {
  readonly #clock: Clock;
  readonly #functions = new Map<string, FunctionEntry>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  addFunction(options: Omit<EnvironmentPoolOptions, "clock">): void {
    const pool = new EnvironmentPool({ ...options, clock: this.#clock });
    this.#functions.set(options.configuration.name, { arn: options.configuration.arn, pool });
  }

  /**
   * Checks that a function can be invoked, as `DryRun` does.
   *
   * @throws ServiceException 404 `ResourceNotFoundException`, 400 `InvalidParameterValueException`
   */
  findFunction({ name, qualifier }: FunctionReference, queryQualifier?: string): { entry: FunctionEntry; arn: string } {
    if (qualifier !== undefined && queryQualifier !== undefined && qualifier !== queryQualifier) {
      throw new ServiceException(400, "InvalidParameterValueException", {
        Type: "User",
        message: "The derived qualifier from the function name does not match the specified qualifier.",
      });
    }
    const asked = queryQualifier ?? qualifier;
    const entry = this.#functions.get(name);
    if (entry === undefined || (asked !== undefined && asked !== "$LATEST")) {
      const arn = entry?.arn ?? [...this.#functions.values()][0]?.arn.replace(/[^:]+$/, name) ?? name;
      const Message = `Function not found: ${arn}:${asked ?? "$LATEST"}`;
      throw new ServiceException(404, "ResourceNotFoundException", { Type: "User", Message });
    }
    return { entry, arn: asked === undefined ? entry.arn : `${entry.arn}:${asked}` };
  }

  /**
   * Invokes a function and waits for its answer.
   *
   * @throws ServiceException what Lambda refuses: unknown function, payload too large or no JSON, no free environment;
   *   EmulatorError `CLOSED`
   */
  async invoke(reference: FunctionReference, request: InvokeRequest): Promise<InvokeResult> {
    if (this.#isClosed) throw new EmulatorError("CLOSED", "The emulator was closed before the function was invoked");
    const { entry, arn } = this.findFunction(reference, request.qualifier);
    const payload = checkPayload(request.payload);
    const environment = entry.pool.acquire();
    if (environment === undefined) throw throttled();
    const requestId = randomUUID();
    const traceId = createTraceId(request.traceId, this.#clock.now());
    const { clientContext, withLogTail: keepsLog = false } = request;
    const invocation = { requestId, payload, invokedFunctionArn: arn, traceId, clientContext, keepsLog };
    const inProgress = environment.assign(invocation);
    const answer = await inProgress.answered;
    const logTail = keepsLog ? await inProgress.logTail : undefined;
    return { requestId, ...answer, logTail, traceId };
  }

  /** Stops every environment of every function; from now on there are no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#functions.values()].map(({ pool }) => pool.close()));
  }
}

function checkPayload(payload: Buffer): Buffer {
  if (payload.length === 0) return emptyEvent;
  if (payload.length > maxRequestBytes) throw requestTooLarge();
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

/** 413, as the service words it. */
export function requestTooLarge(): ServiceException {
  return new ServiceException(413, "RequestEntityTooLargeException", {
    Message: `Request must be smaller than ${maxRequestBytes} bytes for the InvokeFunction operation`,
  });
}

function throttled(): ServiceException {
  return new ServiceException(
    429,
    "TooManyRequestsException",
    { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded", Type: "User", message: "Rate Exceeded." },
    { "Retry-After": "1" },
  );
}
