/** A response that the runtime is still sending: its pieces on their way to whoever reads them, and how it ended. */
import type { Readable } from "node:stream";
import { failurePayload, responseTooLargePayload, truncatedResponse } from "../function-error.ts";
import type { Pace } from "./pace.ts";

/** The request that carries the response. */
export interface ResponseSource {
  /** Undefined where the runtime neither names one nor says that it streams. */
  readonly contentType: string | undefined;
  readonly body: Readable;
  /**
   * The error of the runtime, once the body is complete: what stands behind it in the trailers, decoded. Source: AWS
   * Lambda developer guide, "Using the Lambda runtime API for custom runtimes", response streaming.
   */
  readonly errorBody: () => Buffer | undefined;
}

/** How it came to its end. */
export interface StreamEnd {
  readonly kind: "complete" | "reported-error" | "truncated" | "too-large" | "failed";
  /** The error as the caller is told; undefined for `complete`. */
  readonly error: Buffer | undefined;
}

export interface StreamedResponseOptions {
  readonly maxBytes: number;
  readonly requestId: string;
  readonly pace: Pace | undefined;
}

/** Is read once, at the reader's speed: while nobody reads, the runtime waits. */
export class StreamedResponse implements AsyncIterable<Buffer> {
  readonly contentType: string | undefined;
  /** Resolves when there are no more pieces, also when nobody wants them; never rejects. */
  readonly ended: Promise<StreamEnd>;
  readonly #source: ResponseSource;
  readonly #options: StreamedResponseOptions;
  readonly #end: PromiseWithResolvers<StreamEnd> = Promise.withResolvers();
  #producedBytes = 0;
  #isTooLarge = false;

  constructor(source: ResponseSource, options: StreamedResponseOptions) {
    this.contentType = source.contentType;
    this.#source = source;
    this.#options = options;
    this.ended = this.#end.promise;
  }

  /** So far. */
  get producedBytes(): number {
    return this.#producedBytes;
  }

  /** A reader that stops early does not stop the runtime: the rest is thrown away, as on Lambda. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    const { maxBytes, pace } = this.#options;
    const { body } = this.#source;
    try {
      // The request is answered when its body is complete: leaving the loop must not end the connection.
      for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        if (this.#producedBytes + chunk.length > maxBytes) {
          this.#isTooLarge = true;
          return;
        }
        this.#producedBytes += chunk.length;
        await pace?.take(chunk.length);
        yield chunk;
      }
    } catch {
      // The connection is gone: told below.
    } finally {
      this.discard();
    }
  }

  /** Nobody reads it, or nobody reads on. */
  discard(): void {
    const { body } = this.#source;
    const end = (): void => this.#ended();
    if (body.destroyed || body.readableEnded) return end();
    body.once("end", end).once("close", end).once("error", end).resume();
  }

  /** The bootstrap is gone in the middle of it. */
  cut(): void {
    this.#end.resolve({ kind: "truncated", error: failurePayload(truncatedResponse, this.#options.requestId) });
  }

  /** The platform ends it. What is on its way still arrives. */
  fail(error: Buffer): void {
    this.#end.resolve({ kind: "failed", error });
    this.#source.body.destroy();
  }

  #ended(): void {
    const { body, errorBody } = this.#source;
    if (!body.readableEnded) return this.cut();
    const error = this.#isTooLarge ? responseTooLargePayload(this.#options.maxBytes) : errorBody();
    const kind = this.#isTooLarge ? "too-large" : error === undefined ? "complete" : "reported-error";
    this.#end.resolve({ kind, error });
  }
}
