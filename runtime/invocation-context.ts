/** The second argument of a handler, with the fields of Lambda's managed Node.js runtime. */
import type { RuntimeEnvironment } from "./environment.ts";
import type { Invocation } from "./runtime-api-client.ts";

/** Structurally what `@types/aws-lambda` calls Context, without the retired callback members. */
export interface InvocationContext {
  readonly functionName: string;
  readonly functionVersion: string;
  /** ARN as invoked: with a qualifier only when the caller gave one. */
  readonly invokedFunctionArn: string;
  /** MiB, as a string. */
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Parsed `Lambda-Runtime-Client-Context`, sent by the mobile SDKs; otherwise undefined. */
  readonly clientContext: unknown;
  /** Parsed `Lambda-Runtime-Cognito-Identity`; otherwise undefined. */
  readonly identity: unknown;
  readonly tenantId: string | undefined;
  readonly xRayTraceId: string | undefined;
  /**
   * Aborted shortly before Lambda ends the invocation (`RuntimeOptions.deadlineMarginMs`), with a `TimeoutError` as its
   * reason: for `fetch`, the AWS SDK and everything else that takes a signal. Costs nothing unless it is read.
   */
  readonly signal: AbortSignal;
  /** Milliseconds until Lambda ends the invocation; negative once the deadline has passed. */
  getRemainingTimeInMillis(): number;
}

/** Builds the context of one invocation. Replaceable through `RuntimeOptions.contextBuilder`. */
export type ContextBuilder<Context> = (
  invocation: Invocation,
  environment: RuntimeEnvironment,
  options: ContextOptions,
) => Context;

/** What the runtime hands to a context builder. */
export interface ContextOptions {
  readonly deadlineMarginMs: number;
}

/** A timer that is set for longer fires at once. */
const maxTimerMs = 2 ** 31 - 1;

class Context implements InvocationContext {
  // Declared only: what is set anyway need not be defined before.
  declare readonly functionName: string;
  declare readonly functionVersion: string;
  declare readonly invokedFunctionArn: string;
  declare readonly memoryLimitInMB: string;
  declare readonly awsRequestId: string;
  declare readonly logGroupName: string;
  declare readonly logStreamName: string;
  declare readonly clientContext: unknown;
  declare readonly identity: unknown;
  declare readonly tenantId: string | undefined;
  declare readonly xRayTraceId: string | undefined;
  declare readonly getRemainingTimeInMillis: () => number;
  readonly #marginMs: number;
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(invocation: Invocation, environment: RuntimeEnvironment, { deadlineMarginMs }: ContextOptions) {
    const { deadlineMs } = invocation;
    this.functionName = environment.functionName;
    this.functionVersion = environment.functionVersion;
    this.invokedFunctionArn = invocation.invokedFunctionArn;
    this.memoryLimitInMB = environment.memoryLimitInMB;
    this.awsRequestId = invocation.requestId;
    this.logGroupName = environment.logGroupName;
    this.logStreamName = environment.logStreamName;
    this.clientContext = parseOptionalJson(invocation.clientContext);
    this.identity = parseOptionalJson(invocation.cognitoIdentity);
    this.tenantId = invocation.tenantId;
    this.xRayTraceId = invocation.traceId;
    this.getRemainingTimeInMillis = () => deadlineMs - Date.now();
    this.#marginMs = deadlineMarginMs;
  }

  get signal(): AbortSignal {
    return (this.#abort ??= this.#startTimer()).signal;
  }

  /** The invocation is over: its deadline no longer matters. */
  static end(context: unknown): void {
    if (typeof context !== "object" || context === null || !(#timer in context)) return;
    if (context.#timer !== undefined) clearTimeout(context.#timer);
  }

  #startTimer(): AbortController {
    const abort = new AbortController();
    const delayMs = Math.max(0, Math.min(this.getRemainingTimeInMillis() - this.#marginMs, maxTimerMs));
    this.#timer = setTimeout(() => abort.abort(deadlineReached(this.#marginMs)), delayMs);
    // The deadline alone is no reason to keep an otherwise empty event loop alive.
    this.#timer.unref?.();
    return abort;
  }
}

/** The default context builder. */
export function buildInvocationContext(
  invocation: Invocation,
  environment: RuntimeEnvironment,
  options: ContextOptions,
): InvocationContext {
  return new Context(invocation, environment, options);
}

/** Releases what a context of the default builder holds; any other is left alone. */
export function endInvocationContext(context: unknown): void {
  Context.end(context);
}

function deadlineReached(marginMs: number): Error {
  const error = new Error(`The invocation ends in ${marginMs} ms`);
  error.name = "TimeoutError";
  return error;
}

function parseOptionalJson(text: string | undefined): unknown {
  return text === undefined || text === "" ? undefined : JSON.parse(text);
}
