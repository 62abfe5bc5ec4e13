/** The global `awslambda` of the managed Node.js runtime: response streaming for handlers that import nothing. */
import type { InvocationContext } from "./invocation-context.ts";
import type { InvokeStore } from "./invoke-store.ts";
import type { ResponseStream } from "./response-stream.ts";

/** A handler that writes its response while it is being made. */
export type StreamingHandler<Event = unknown, Context = InvocationContext> = (
  event: Event,
  responseStream: ResponseStream,
  context: Context,
) => Promise<void>;

/** Symbols of the managed runtime: a handler marked by any copy of its library is known here. */
const streamingMark = Symbol.for("aws.lambda.runtime.handler.streaming");
const highWaterMarkMark = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const httpIntegrationType = "application/vnd.awslambda.http-integration-response";

/** What the front ends of Lambda (function URL, API Gateway) make of a stream. All members optional. */
export interface HttpResponsePrelude {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly cookies?: readonly string[];
}

/**
 * Marks a handler as streaming.
 *
 * @param options `highWaterMark`: bytes that may wait before `write` asks for a pause. @default Node's own
 */
export function streamifyResponse<Handler extends StreamingHandler<never, never>>(
  handler: Handler,
  options: { readonly highWaterMark?: number } = {},
): Handler {
  const marks: Record<symbol, unknown> = { [streamingMark]: "response" };
  if (typeof options.highWaterMark === "number") marks[highWaterMarkMark] = Math.trunc(options.highWaterMark);
  return Object.assign(handler, marks);
}

/** Status, headers and cookies in front of a streamed body. */
export const HttpResponseStream = {
  /**
   * Sends `prelude` as JSON and eight NULs before the first write; a stream without any write sends neither. Source: AWS
   * Lambda developer guide, "Response streaming".
   */
  from(stream: ResponseStream, prelude: HttpResponsePrelude): ResponseStream {
    stream.setContentType(httpIntegrationType);
    // oxlint-disable-next-line no-underscore-dangle -- the managed runtime's name
    stream._onBeforeFirstWrite = (write) => {
      write(JSON.stringify(prelude));
      write(new Uint8Array(8));
    };
    return stream;
  },
};

/** How a handler answers: undefined for one that is not marked. @throws Error `Runtime.MalformedStreamingHandler` */
export function readStreamingMark(handler: object): { readonly highWaterMark: number | undefined } | undefined {
  const marks = handler as { readonly [streamingMark]?: unknown; readonly [highWaterMarkMark]?: unknown };
  const mode = marks[streamingMark];
  if (mode === undefined || mode === false) return undefined;
  if (mode !== "response") {
    const error = new Error("Only response streaming is supported.");
    error.name = "Runtime.MalformedStreamingHandler";
    throw error;
  }
  const highWaterMark = Number(marks[highWaterMarkMark] ?? Number.NaN);
  return { highWaterMark: Number.isNaN(highWaterMark) ? undefined : highWaterMark };
}

/** Publishes the global; called before the handler's module is loaded. */
export function publishAwslambda(store: InvokeStore, variables: Readonly<Record<string, string | undefined>>): void {
  if (/^(1|true)$/.test(variables["AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA"] ?? "")) return;
  const holder = globalThis as { awslambda?: object };
  holder.awslambda = { ...holder.awslambda, streamifyResponse, HttpResponseStream, InvokeStore: store };
}
