/** The life of a bootstrap: initialise once, then event after event. Everything it touches is a replaceable seam. */
import { publishAwslambda, readStreamingMark } from "./awslambda-global.ts";
import type { BackOff } from "./back-off.ts";
import { createLogger, patchConsole } from "./console-log.ts";
import { eventLoopIsEmpty } from "./empty-event-loop.ts";
import { readEnvironment, type RuntimeEnvironment } from "./environment.ts";
import { RuntimeApiError } from "./errors.ts";
import { describeFailure } from "./failure-answer.ts";
import { eventDecoders, serializeJson, type EventFormat } from "./event-formats.ts";
import { createShutdown, registerInternalExtension } from "./graceful-shutdown.ts";
import { HandlerError } from "./handler-error.ts";
import { buildInvocationContext, type ContextBuilder, type InvocationContext } from "./invocation-context.ts";
import { InvocationLoop } from "./invocation-loop.ts";
import { ConcurrentInvokeStore, InvokeStore } from "./invoke-store.ts";
import { lifecycleHooks } from "./lifecycle-hooks.ts";
import { listen, type ProcessEvents } from "./process-events.ts";
import { RuntimeApiClient } from "./runtime-api-client.ts";
import { takeSnapshot } from "./snap-start.ts";
import { createSocketTransport } from "./socket-transport.ts";
import { standardOutput } from "./standard-output.ts";
import type { Transport } from "./transport.ts";
import { listenForUncaughtFailures } from "./uncaught-failures.ts";
import { findProgram, findRuntimeThread, runOnThreads } from "./worker-threads.ts";

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
  /** Version in the paths of the Runtime API. @default "2018-06-01" */
  readonly apiVersion?: string;
  /** @default the context of the managed Node.js runtime */
  readonly contextBuilder?: ContextBuilder<Context>;
  /** Milliseconds between `context.signal` and the deadline. @default 50 */
  readonly deadlineMarginMs?: number;
  /** How the handler receives the event. @default "json" */
  readonly event?: EventFormat;
  /** Turns the handler's result into the response body. @default JSON.stringify, with `null` for undefined */
  readonly serialize?: (result: unknown) => string | Uint8Array;
  /** How often and after which waits a failed `next` is tried again. */
  readonly backOff?: BackOff;
  /** `lambda`: the methods of `console` write as in the managed runtime. @default "lambda" */
  readonly console?: "lambda" | "unchanged";
  /** @default process */
  readonly process?: ProcessEvents;
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
export function defaultRuntime<Event, Result, Context>(
  initialize: Initialize<Event, Result, Context>,
  options: RuntimeOptions<Context> & { readonly contextBuilder: ContextBuilder<Context> },
): Runtime;
export function defaultRuntime<Event = unknown, Result = unknown>(
  initialize: Initialize<Event, Result>,
  options?: RuntimeOptions,
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
  const transport = options.transport ?? createSocketTransport(environment.runtimeApi);
  const client = new RuntimeApiClient(transport, options.apiVersion);
  const isConcurrent = environment.maxConcurrency !== undefined;
  // First of all: not every engine can.
  const store = isConcurrent ? await createConcurrentStore(client) : new InvokeStore();
  const thread = isConcurrent && options.process === undefined ? findRuntimeThread() : undefined;
  const events: ProcessEvents = options.process ?? thread ?? process;
  const logger = createLogger(environment, store);

  const { workerCount = 1, maxConcurrency = 1 } = environment;
  const isThread = events.registerExtension !== undefined;
  if (isConcurrent && workerCount > 1 && !isThread) {
    const program = findProgram();
    if (program !== undefined) return runOnThreads(program, { ...environment, workerCount }, events);
    logger.log("WARN", "AWS_LAMBDA_NODEJS_WORKER_COUNT has no effect in a single executable: one thread serves all");
  }

  const restoreConsole = options.console === "unchanged" ? undefined : patchConsole(logger);
  publishAwslambda(store, environment.variables);
  // Before the handler is loaded.
  standardOutput();

  let loop: InvocationLoop<Event, Context> | undefined;
  const reportInit = async (thrown: unknown): Promise<void> => {
    await client.initializationError(describeFailure(thrown).error);
  };
  const failInit = (thrown: unknown): Promise<void> => {
    logger.failure("Init Error", thrown);
    return reportInit(thrown);
  };
  const stopListening = [
    listenForUncaughtFailures(events, logger, (thrown) =>
      loop === undefined ? reportInit(thrown) : loop.reportForAll(thrown),
    ),
    listen(events, {
      beforeExit() {
        if (eventLoopIsEmpty()) return;
        if (loop !== undefined) return loop.giveUpHandlers();
        const error = new HandlerError(
          "Runtime.NodeJsExit",
          "Initialisation never ended, and nothing is left to end it",
        );
        void failInit(error).finally(() => events.exit(1));
      },
    }),
  ];
  try {
    const handler = await initializeOrReport(initialize, environment, failInit);
    if (lifecycleHooks.shutdown.length > 0) {
      const isRegistered = await (events.registerExtension?.() ?? registerInternalExtension(environment.runtimeApi));
      if (!isRegistered) logger.log("WARN", "onShutdown: there is no Extensions API here, so SIGTERM may not be sent");
      stopListening.push(listen(events, { SIGTERM: createShutdown(events, lifecycleHooks.shutdown, logger) }));
    }
    if (environment.initializationType === "snap-start") await takeSnapshot(client, lifecycleHooks, logger);
    loop = new InvocationLoop<Event, Context>({
      client,
      environment,
      store,
      backOff: options.backOff,
      handler: handler.call,
      streaming: handler.streaming,
      decode: eventDecoders[options.event ?? "json"] as (body: Uint8Array) => Event,
      serialize: options.serialize ?? serializeJson,
      // Without a builder of the caller's, the overloads have fixed Context to InvocationContext.
      buildContext: options.contextBuilder ?? (buildInvocationContext as unknown as ContextBuilder<Context>),
      contextOptions: { deadlineMarginMs: options.deadlineMarginMs ?? 50 },
      logger,
    });
    return await loop.run(Math.ceil(maxConcurrency / (isThread ? workerCount : 1)));
  } finally {
    for (const stop of stopListening) stop();
    restoreConsole?.();
    client.close();
  }
}

/** Lambda is told, too, where several events cannot be served at once. */
async function createConcurrentStore(client: RuntimeApiClient): Promise<InvokeStore> {
  try {
    return new ConcurrentInvokeStore();
  } catch (error) {
    await client.initializationError(describeFailure(error).error);
    throw error;
  }
}

interface InitializedHandler<Event, Context> {
  readonly call: (event: Event, context: Context) => unknown;
  readonly streaming: { readonly highWaterMark: number | undefined } | undefined;
}

async function initializeOrReport<Event, Result, Context>(
  initialize: Initialize<Event, Result, Context>,
  { functionName, functionVersion, memoryLimitInMB, variables }: RuntimeEnvironment,
  report: (thrown: unknown) => Promise<void>,
): Promise<InitializedHandler<Event, Context>> {
  try {
    const handler: unknown = await initialize({ env: variables, functionName, functionVersion, memoryLimitInMB });
    if (typeof handler !== "function") {
      const found = handler === null ? "null" : typeof handler;
      throw new RuntimeApiError("BAD_HANDLER", `The initialiser returned ${found} instead of a handler function`);
    }
    return { call: handler as InitializedHandler<Event, Context>["call"], streaming: readStreamingMark(handler) };
  } catch (error) {
    try {
      await report(error);
    } catch (reportError) {
      // oxlint-disable-next-line preserve-caught-error -- both are kept; the first one is the cause
      throw new AggregateError([error, reportError], "Initialisation failed, and so did the report of it", {
        cause: error,
      });
    }
    throw error;
  }
}
