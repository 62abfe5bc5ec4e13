/** Event after event: next, handler, answer. With concurrency, as many of these circles as Lambda allows. */
import type { RuntimeEnvironment } from "./environment.ts";
import { describeFailure } from "./failure-answer.ts";
import { nextWithBackOff, type BackOff } from "./back-off.ts";
import { HandlerError } from "./handler-error.ts";
import { endInvocationContext, type ContextBuilder, type ContextOptions } from "./invocation-context.ts";
import type { Logger } from "./console-log.ts";
import { createInvokeContext, type InvokeContext, type InvokeStore } from "./invoke-store.ts";
import type { Answer, Invocation, RuntimeApiClient } from "./runtime-api-client.ts";
import { standardOutput } from "./standard-output.ts";
import { respondStreaming, type AnyStreamingHandler } from "./respond-streaming.ts";

/** Everything a circle needs; nothing of it changes between events. */
export interface InvocationLoopOptions<Event, Context> {
  readonly client: RuntimeApiClient;
  readonly environment: RuntimeEnvironment;
  readonly store: InvokeStore;
  readonly backOff: BackOff | undefined;
  readonly handler: (event: Event, context: Context) => unknown;
  /** Set for a handler that writes its response itself. */
  readonly streaming: { readonly highWaterMark: number | undefined } | undefined;
  readonly decode: (body: Uint8Array) => Event;
  readonly serialize: (result: unknown) => string | Uint8Array;
  readonly buildContext: ContextBuilder<Context>;
  readonly contextOptions: ContextOptions;
  readonly logger: Logger;
}

/** Runs until the Runtime API is unusable. */
export class InvocationLoop<Event, Context> {
  readonly #options: InvocationLoopOptions<Event, Context>;
  /** What was delivered and is not answered. */
  readonly #inFlight = new Set<Invocation>();
  /** How to fail those of them whose response may have begun. */
  readonly #streams = new Map<Invocation, { fail(thrown: unknown): void; readonly done: Promise<unknown> }>();
  readonly #ended: PromiseWithResolvers<never> = Promise.withResolvers<never>();

  constructor(options: InvocationLoopOptions<Event, Context>) {
    this.#options = options;
  }

  /** @param circles events that may be served at the same time. Rejects with the error that ends the first circle. */
  run(circles: number): Promise<never> {
    const { client, backOff } = this.#options;
    for (let count = 0; count < circles; count++) this.#circle(nextWithBackOff(client, backOff));
    return this.#ended.promise;
  }

  /** The process is about to end: every event under way failed with this. Resolves when that is reported. */
  async reportForAll(thrown: unknown): Promise<void> {
    const { client } = this.#options;
    const streams = [...this.#streams.values()];
    for (const stream of streams) stream.fail(thrown);
    const answer = describeFailure(thrown);
    const answers = [...this.#takeInFlight()].map((invocation) => client.answer(invocation, answer));
    await Promise.all([...answers, ...streams.map(({ done }) => done)]);
  }

  /** Nothing can settle the handlers any more: their events are answered with an error, and the circles go on. */
  giveUpHandlers(): void {
    const error = new HandlerError(
      "Runtime.NodeJsExit",
      "The handler's promise was never settled, and nothing is left that could do it",
    );
    for (const stream of this.#streams.values()) stream.fail(error);
    for (const invocation of this.#takeInFlight()) {
      this.#circle(this.#failAndGoOn(invocation, error));
    }
  }

  #circle(first: Promise<Invocation>): void {
    void this.#serveForEver(first).catch((error: unknown) => this.#ended.reject(error));
  }

  async #serveForEver(first: Promise<Invocation>): Promise<never> {
    const { store } = this.#options;
    let invocation = await first;
    let context = createInvokeContext(invocation);
    const serve = (): Promise<Invocation> => this.#serve(invocation, context);
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one event at a time is the contract of a circle
      invocation = await store.run(context, serve);
      context = createInvokeContext(invocation);
    }
  }

  /**
   * Returns the event that follows. All in one: every asynchronous function costs.
   *
   * @param failure that is the answer, instead of what the handler comes to
   */
  async #serve(invocation: Invocation, invokeContext: InvokeContext, failure?: Answer): Promise<Invocation> {
    const { client, environment, backOff, streaming, store, logger } = this.#options;
    // With concurrency there is no variable that belongs to one invocation: `context.xRayTraceId` does.
    if (environment.maxConcurrency === undefined) environment.setTraceId(invocation.traceId);
    let answer = failure;
    if (answer === undefined) {
      if (streaming !== undefined) {
        await this.#serveStreaming(invocation, streaming.highWaterMark);
        return nextWithBackOff(client, backOff);
      }
      const { handler, decode, serialize, buildContext, contextOptions } = this.#options;
      this.#inFlight.add(invocation);
      let context: Context | undefined;
      try {
        context = buildContext(invocation, environment, contextOptions);
        answer = { body: serialize(await handler(decode(invocation.body), context)) };
      } catch (error) {
        logger.failure("Invoke Error", error);
        answer = describeFailure(error);
      }
      endInvocationContext(context);
      const output = standardOutput().written();
      if (output !== undefined) await output;
      // It was given up in the meantime: somebody else has answered, and goes on.
      if (!this.#inFlight.delete(invocation)) return new Promise(() => {});
    }
    let isAnswered = false;
    try {
      return await client.answerAndNext(invocation, answer, (outcome) => {
        isAnswered = true;
        if (outcome.accepted) return;
        // The connection calls back, which belongs to no invocation.
        store.run(invokeContext, () => logger.log("ERROR", `Response lost: ${outcome.reason}`));
      });
    } catch (error) {
      if (!isAnswered) throw error;
      return nextWithBackOff(client, backOff, Promise.reject(error));
    }
  }

  async #serveStreaming(invocation: Invocation, highWaterMark: number | undefined): Promise<void> {
    const { handler, decode, buildContext, environment, contextOptions, client, logger } = this.#options;
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const done = respondStreaming({
      client,
      invocation,
      highWaterMark,
      handler: handler as unknown as AnyStreamingHandler,
      prepare: () => ({
        event: decode(invocation.body),
        context: buildContext(invocation, environment, contextOptions),
      }),
      logger,
      givenUp,
    });
    this.#streams.set(invocation, { fail: reject, done });
    const outcome = await done.finally(() => this.#streams.delete(invocation));
    if (!outcome.accepted) logger.log("ERROR", `Response lost: ${outcome.reason}`);
    await standardOutput().written();
  }

  #failAndGoOn(invocation: Invocation, error: unknown): Promise<Invocation> {
    const context = createInvokeContext(invocation);
    return this.#options.store.run(context, () => {
      this.#options.logger.failure("Invoke Error", error);
      return this.#serve(invocation, context, describeFailure(error));
    });
  }

  #takeInFlight(): Set<Invocation> {
    const taken = new Set(this.#inFlight);
    this.#inFlight.clear();
    return taken;
  }
}
