/** The life of a bootstrap: initialise once, then event after event. Everything it touches is a replaceable seam. */
import { nextWithBackOff, type BackOff } from "./back-off.ts";
import { readEnvironment, type RuntimeEnvironment } from "./environment.ts";
import { describeError } from "./error-document.ts";
import { RuntimeApiError } from "./errors.ts";
import { buildInvocationContext, type ContextBuilder, type InvocationContext } from "./invocation-context.ts";
import { RuntimeApiClient, type Invocation } from "./runtime-api-client.ts";
import { createSocketTransport } from "./socket-transport.ts";
import type { Transport } from "./transport.ts";

/** Called once per event. */
export type Handler<Event = unknown, Result = unknown, Context = InvocationContext> = (
  event: Event,
  context: Context,
) => Result | Promise<Result>;

/** What the initialiser is given. */
export interface Initialization {
  /** All environment variables of the function. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly functionName: string;
  readonly functionVersion: string;
  /** MiB, as a string. */
  readonly memoryLimitInMB: string;
}

/** Called once per execution environment; a throw is an init error. */
export type Initialize<Event, Result, Context = InvocationContext> = (
  initialization: Initialization,
) => Handler<Event, Result, Context> | Promise<Handler<Event, Result, Context>>;

/** The seams of the runtime. All optional. */
export interface RuntimeOptions<Context = InvocationContext> {
  /** @default the environment of this process */
  readonly environment?: RuntimeEnvironment;
  /** @default raw sockets to the environment's Runtime API */
  readonly transport?: Transport;
  /** @default the context of the managed Node.js runtime */
  readonly contextBuilder?: ContextBuilder<Context>;
  /** How the handler receives the event. @default "json" */
  readonly event?: "json" | "text" | "bytes";
  /** Turns the handler's result into the response body. @default JSON.stringify, with `null` for undefined */
  readonly serialize?: (result: unknown) => string | Uint8Array;
  /** How often and after which waits a failed `next` is tried again. */
  readonly backOff?: BackOff;
}

/** A runtime that is ready to be run. */
export interface Runtime {
  /**
   * Serves events until the process ends. Rejects, which ends the bootstrap with exit code 1, when initialisation
   * failed (after reporting it) or the Runtime API is unusable.
   */
  run(): Promise<never>;
}

/**
 * Creates the runtime for an initialiser.
 *
 * ```ts
 * await defaultRuntime(async ({ env }) => {
 *   const table = await connect(env.TABLE);
 *   return async (event: Order) => table.put(event);
 * }).run();
 * ```
 */
export function defaultRuntime<Event = unknown, Result = unknown>(
  initialize: Initialize<Event, Result>,
  options?: RuntimeOptions,
): Runtime;
export function defaultRuntime<Event, Result, Context>(
  initialize: Initialize<Event, Result, Context>,
  options: RuntimeOptions<Context> & { readonly contextBuilder: ContextBuilder<Context> },
): Runtime;
export function defaultRuntime<Event, Result, Context>(
  initialize: Initialize<Event, Result, Context>,
  options: RuntimeOptions<Context> = {},
): Runtime {
  return { run: () => serve(initialize, options) };
}

async function serve<Event, Result, Context>(
  initialize: Initialize<Event, Result, Context>,
  options: RuntimeOptions<Context>,
): Promise<never> {
  const environment = options.environment ?? readEnvironment();
  const client = new RuntimeApiClient(options.transport ?? createSocketTransport(environment.runtimeApi));
  // Without a builder of the caller's, the overloads have fixed Context to InvocationContext.
  const buildContext = options.contextBuilder ?? (buildInvocationContext as unknown as ContextBuilder<Context>);
  const serialize = options.serialize ?? serializeJson;
  const decode = eventDecoders[options.event ?? "json"] as (body: Uint8Array) => Event;

  const handler = await initializeOrReport(initialize, environment, client);
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one event at a time is the contract
    const invocation = await nextWithBackOff(client, options.backOff);
    environment.setTraceId(invocation.traceId);
    let body: string | Uint8Array;
    try {
      // oxlint-disable-next-line no-await-in-loop
      body = serialize(await handler(decode(invocation.body), buildContext(invocation, environment)));
    } catch (error) {
      // oxlint-disable-next-line no-await-in-loop
      await reportInvocationError(client, invocation, error);
      continue;
    }
    // oxlint-disable-next-line no-await-in-loop
    const outcome = await client.invocationResponse(invocation, body);
    if (!outcome.accepted) logLine(invocation, `Response lost: ${outcome.reason}`);
  }
}

async function initializeOrReport<Event, Result, Context>(
  initialize: Initialize<Event, Result, Context>,
  environment: RuntimeEnvironment,
  client: RuntimeApiClient,
): Promise<Handler<Event, Result, Context>> {
  try {
    const { functionName, functionVersion, memoryLimitInMB, variables } = environment;
    const handler = await initialize({ env: variables, functionName, functionVersion, memoryLimitInMB });
    if (typeof handler === "function") return handler;
    throw new RuntimeApiError(
      "BAD_HANDLER",
      `The initialiser returned ${typeof handler} instead of a handler function`,
    );
  } catch (error) {
    await reportInitializationError(client, error);
    throw error;
  }
}

async function reportInitializationError(client: RuntimeApiClient, error: unknown): Promise<void> {
  try {
    await client.initializationError(describeError(error));
  } catch (reportError) {
    // oxlint-disable-next-line preserve-caught-error -- both are kept; the first one is the cause
    throw new AggregateError([error, reportError], "Initialisation failed, and so did the report of it", {
      cause: error,
    });
  } finally {
    client.close();
  }
}

async function reportInvocationError(client: RuntimeApiClient, invocation: Invocation, error: unknown): Promise<void> {
  const document = describeError(error);
  logLine(invocation, `Invoke Error\t${JSON.stringify(document)}`);
  const outcome = await client.invocationError(invocation, document);
  if (!outcome.accepted) logLine(invocation, `Error report lost: ${outcome.reason}`);
}

/** Text log line of the managed Node.js runtime: time, request id, level, message. */
function logLine(invocation: Invocation, message: string): void {
  process.stderr.write(`${new Date().toISOString()}\t${invocation.requestId}\tERROR\t${message}\n`);
}

const utf8 = (body: Uint8Array): string => Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");

const eventDecoders = {
  json: (body: Uint8Array): unknown => JSON.parse(utf8(body)),
  text: utf8,
  bytes: (body: Uint8Array): Uint8Array => body,
};

function serializeJson(result: unknown): string {
  return JSON.stringify(result) ?? "null";
}
