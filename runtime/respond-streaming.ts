/** Calls a streaming handler and sees its response through to the end. */
import type { Logger } from "./console-log.ts";
import { describeFailure } from "./failure-answer.ts";
import { openResponse, type ResponseStream } from "./response-stream.ts";
import { endInvocationContext } from "./invocation-context.ts";
import { isThenable } from "./is-thenable.ts";
import type { AnswerOutcome, Invocation, RuntimeApiClient } from "./runtime-api-client.ts";

/** A streaming handler, whatever its types are. */
export type AnyStreamingHandler = (event: unknown, stream: ResponseStream, context: unknown) => unknown;

export interface RespondStreamingOptions {
  readonly client: RuntimeApiClient;
  readonly invocation: Invocation;
  readonly handler: AnyStreamingHandler;
  readonly highWaterMark: number | undefined;
  /** Decodes the event and builds the context; a throw is a failure of the invocation. */
  readonly prepare: () => { readonly event: unknown; readonly context: unknown };
  readonly logger: Logger;
  /** Rejects when the handler is not waited for any longer. */
  readonly givenUp: Promise<never>;
}

/**
 * Resolves with Lambda's answer. Every failure, also one before the first byte, goes into the trailers of the response,
 * as the managed runtime does it; the texts are its own.
 *
 * @throws RuntimeApiError when the Runtime API is unreachable, or refuses in a way that cannot be survived
 */
export async function respondStreaming(options: RespondStreamingOptions): Promise<AnswerOutcome> {
  const { client, invocation, handler, logger } = options;
  let context: unknown;
  const response = openResponse((contentType) => client.streamResponse(invocation, contentType), options.highWaterMark);
  const { stream } = response;
  // It may come when nobody looks at it any more.
  options.givenUp.catch(() => {});
  try {
    const prepared = options.prepare();
    context = prepared.context;
    const returned = handler(prepared.event, stream, context);
    if (!isThenable(returned)) throw new Error("Streaming does not support non-async handlers.");
    const result = await Promise.race([returned, options.givenUp]);
    // oxlint-disable-next-line no-console -- the handler's own log
    if (result !== undefined) console.warn("Streaming handlers ignore return values.");
    await Promise.race([response.ended, options.givenUp]);
  } catch (error) {
    logger.failure("Invoke Error", error);
    response.fail(describeFailure(error).error);
  } finally {
    endInvocationContext(context);
  }
  return response.outcome;
}
