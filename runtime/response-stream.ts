/** The Writable that a streaming handler is given; its bytes go into a response that is sent while it is made. */
import type { Writable } from "node:stream";
import type { ErrorDocument } from "./error-document.ts";
import type { AnswerOutcome } from "./runtime-api-client.ts";
import type { StreamedResponse } from "./streamed-response.ts";

/** A Writable of Node.js with the two members of the managed runtime. */
export interface ResponseStream extends Writable {
  /** Content type of the response, before the first write. @throws Error `Runtime.InvalidStreamingOperation` afterwards */
  setContentType(contentType: string): void;
  /** Called with the way to write in front of the first chunk. Set by `HttpResponseStream.from`. */
  _onBeforeFirstWrite?: (write: (chunk: string | Uint8Array) => void) => void;
}

/** The runtime's side of a response stream. */
export interface OpenResponse {
  readonly stream: ResponseStream;
  /** Resolves when the handler has ended its stream; rejects when it has destroyed it. */
  readonly ended: Promise<void>;
  /** Lambda's answer, which comes once the response has ended or failed. */
  readonly outcome: Promise<AnswerOutcome>;
  /** Ends the response as failed, wherever it stands. */
  fail(error: ErrorDocument): void;
}

type WriteCallback = (error?: Error | null) => void;

/**
 * Opens a response. Nothing is sent before the first write, the end or a failure.
 *
 * @param begin sends the head
 */
export function openResponse(begin: (contentType: string) => StreamedResponse, highWaterMark?: number): OpenResponse {
  // Loaded by the first streaming handler.
  const { Writable: WritableClass } = process.getBuiltinModule("node:stream");
  const ended = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<AnswerOutcome>();
  let contentType = "application/octet-stream";
  let response: StreamedResponse | undefined;
  let hasEnded = false;

  const start = (): StreamedResponse => {
    if (response !== undefined) return response;
    response = begin(contentType);
    response.outcome.then(outcome.resolve, outcome.reject);
    return response;
  };
  const writeAll = (chunks: readonly Uint8Array[], callback: WriteCallback): void => {
    const isFirst = response === undefined;
    const open = start();
    // oxlint-disable-next-line no-underscore-dangle
    if (isFirst) stream._onBeforeFirstWrite?.((chunk) => open.write(chunk));
    let hasRoom = true;
    for (const chunk of chunks) hasRoom = open.write(chunk);
    if (hasRoom) callback();
    // oxlint-disable-next-line promise/no-callback-in-promise -- a Writable asks for one
    else void open.drained().then(() => callback());
  };
  const end = (finish: (open: StreamedResponse) => void): void => {
    if (hasEnded) return;
    hasEnded = true;
    finish(start());
  };

  const writable = new WritableClass({
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
    write: (chunk: Uint8Array, _encoding, callback) => writeAll([chunk], callback),
    writev: (entries, callback) => {
      const chunks = entries.map(({ chunk }) => chunk as Uint8Array);
      writeAll(chunks, callback);
    },
    final(callback) {
      end((open) => open.end());
      ended.resolve();
      callback();
    },
    destroy(error, callback) {
      // Whoever destroys a stream that has not ended wants its reader to know.
      ended.reject(error ?? new Error("Response stream is not finished."));
      callback(null);
    },
  });
  const write = writable.write.bind(writable) as (...args: unknown[]) => boolean;
  const stream: ResponseStream = Object.assign(writable, {
    write: (chunk: unknown, ...rest: unknown[]) => write(toChunk(chunk), ...rest),
    setContentType(type: string) {
      if (response !== undefined) throw invalidOperation("Cannot set content-type, too late.");
      if (/[\r\n]/.test(type)) throw invalidOperation("A content-type has no line breaks.");
      contentType = type;
    },
  });
  // They are looked at when the handler has returned, which may be later.
  ended.promise.catch(() => {});
  outcome.promise.catch(() => {});
  return {
    stream,
    ended: ended.promise,
    outcome: outcome.promise,
    fail(error) {
      end((open) => open.fail(error));
      stream.destroy();
    },
  };
}

/** As the managed runtime: anything but text and bytes is sent as JSON. */
function toChunk(chunk: unknown): unknown {
  return typeof chunk === "string" || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk);
}

function invalidOperation(message: string): Error {
  const error = new Error(message);
  error.name = "Runtime.InvalidStreamingOperation";
  return error;
}
