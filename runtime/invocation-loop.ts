/** Event after event: next, handler, answer. With concurrency, as many of these circles as Lambda allows. */
import type { RuntimeEnvironment } from "./environment.ts";
import { describeFailure } from "./failure-answer.ts";
import { nextWithBackOff, type BackOff } from "./back-off.ts";
import { HandlerError } from "./handler-error.ts";
import { endInvocationContext, type ContextBuilder, type ContextOptions } from "./invocation-context.ts";
import type { Logger } from "./console-log.ts";
import type { InvokeStore } from "./invoke-store.ts";
import type { Answer, AnswerOutcome, Invocation, RuntimeApiClient } from "./runtime-api-client.ts";
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
    const { store, logger } = this.#options;
    const error = new HandlerError(
      "Runtime.NodeJsExit",
      "The handler's promise was never settled, and nothing is left that could do it",
    );
    for (const stream of this.#streams.values()) stream.fail(error);
    for (const invocation of this.#takeInFlight()) {
      store.runFor(invocation, () => logger.failure("Invoke Error", error));
      this.#circle(Promise.resolve(invocation), describeFailure(error));
    }
  }

  #circle(first: Promise<Invocation>, answer?: Answer): void {
    void this.#serveForEver(first, answer).catch((error: unknown) => this.#ended.reject(error));
  }

  /**
   * All in one, and with what an event needs made before it comes: every asynchronous function costs, and so does every
   * closure.
   *
   * @param answer to the first event, instead of what the handler comes to
   */
  async #serveForEver(first: Promise<Invocation> | undefined, answer: Answer | undefined): Promise<never> {
    const { client, environment, backOff, streaming, store, logger } = this.#options;
    const { handler, decode, serialize, buildContext, contextOptions } = this.#options;
    let invocation = (await first) as Invocation;
    // The event would stay in memory as long as this function.
    first = undefined;
    const isConcurrent = environment.maxConcurrency !== undefined;
    let context: Context | undefined;
    let result: unknown;
    let failure: unknown;
    let isAnswered = false;
    const handle = (): unknown => {
      context = buildContext(invocation, environment, contextOptions);
      const returned = handler(decode(invocation.body), context);
      // A thenable is to be asked within the invocation.
      return isConcurrent ? Promise.resolve(returned) : returned;
    };
    const describeResult = (): Answer => ({ body: checkBody(serialize(result)) });
    const reportFailure = (): Answer => {
      logger.failure("Invoke Error", failure);
      return describeFailure(failure);
    };
    const serveStreaming = (): Promise<void> => this.#serveStreaming(invocation, streaming?.highWaterMark);
    const onOutcome = (outcome: AnswerOutcome): void => {
      isAnswered = true;
      if (outcome.accepted) return;
      // The connection calls back, which belongs to no invocation.
      store.runFor(invocation, () => logger.log("ERROR", `Response lost: ${outcome.reason}`));
    };
    /* oxlint-disable no-await-in-loop -- one event at a time is the contract of a circle */
    for (;;) {
      // With concurrency there is no variable that belongs to one invocation: `context.xRayTraceId` does.
      if (!isConcurrent) environment.setTraceId(invocation.traceId);
      if (answer === undefined && streaming !== undefined) {
        await store.runFor(invocation, serveStreaming);
        invocation = await nextWithBackOff(client, backOff);
        continue;
      }
      if (answer === undefined) {
        this.#inFlight.add(invocation);
        try {
          result = await store.runFor(invocation, handle);
          answer = store.runFor(invocation, describeResult);
        } catch (error) {
          failure = error;
          answer = store.runFor(invocation, reportFailure);
        }
        endInvocationContext(context);
        const output = standardOutput().written();
        if (output !== undefined) await output;
        // It was given up in the meantime: somebody else has answered, and goes on.
        if (!this.#inFlight.delete(invocation)) return new Promise(() => {});
      }
      isAnswered = false;
      const next = client.answerAndNext(invocation, answer, onOutcome);
      // What it came to does not stay in memory while the next event is waited for.
      context = result = failure = answer = undefined;
      try {
        invocation = await next;
      } catch (error) {
        if (!isAnswered) throw error;
        invocation = await nextWithBackOff(client, backOff, Promise.reject(error));
      }
    }
    /* oxlint-enable no-await-in-loop */
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

  #takeInFlight(): Set<Invocation> {
    const taken = new Set(this.#inFlight);
    this.#inFlight.clear();
    return taken;
  }
}

/** What a `serialize` of one's own returned: types do not keep it from being something else. */
function checkBody(body: unknown): string | Uint8Array {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  const what = body === null ? "null" : typeof body;
  throw new HandlerError(
    "Runtime.InvalidResponse",
    `The runtime's serialize returned ${what}: a response is text or a Uint8Array`,
  );
}
