/** A response on its way to the caller, piece by piece. A failure after its beginning travels in trailers. */
import { toHeaderValue } from "./header-value.ts";
import type { ErrorDocument } from "./error-document.ts";
import type { AnswerOutcome } from "./runtime-api-client.ts";
import type { StreamingPost } from "./transport.ts";

/** Written with `write`, ended with `end` or `fail`. */
export class StreamedResponse {
  readonly #post: StreamingPost;
  readonly #trailerNames: { readonly type: string; readonly body: string };
  /** Whether Lambda took it. Rejects as `RuntimeApiClient.invocationResponse`. */
  readonly outcome: Promise<AnswerOutcome>;

  constructor(
    post: StreamingPost,
    outcome: Promise<AnswerOutcome>,
    trailerNames: { readonly type: string; readonly body: string },
  ) {
    this.#post = post;
    this.outcome = outcome;
    this.#trailerNames = trailerNames;
  }

  /** False when the other side does not keep up: go on after `drained`. */
  write(chunk: string | Uint8Array): boolean {
    return this.#post.write(chunk);
  }

  /** Resolves once there is room again, and when the connection is gone. */
  drained(): Promise<void> {
    return this.#post.drained();
  }

  /** The response is complete. */
  end(): void {
    this.#post.end();
  }

  /**
   * The response stays incomplete; the caller learns why. Source: AWS Lambda developer guide, "Building a custom
   * runtime", response streaming: two trailers, the second one base64 of the error document.
   */
  fail(error: ErrorDocument): void {
    this.#post.end({
      [this.#trailerNames.type]: toHeaderValue(error.errorType),
      [this.#trailerNames.body]: Buffer.from(JSON.stringify(error)).toString("base64"),
    });
  }
}
