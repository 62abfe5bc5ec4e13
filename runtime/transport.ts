/** The seam between the Runtime API client and the network. `socket-transport.ts` is what is used by default. */

/** Header names in lower case. */
export type ResponseHeaders = Readonly<Record<string, string | undefined>>;

/** A complete answer of the Runtime API. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** The whole body. */
  readonly body: Uint8Array;
}

/** A request with a body that is there as a whole. */
export interface PostRequest {
  /** Starts with `/`. */
  readonly path: string;
  /** Without `Content-Length`, which the transport adds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/**
 * Sends requests to the Runtime API and waits for the whole answer. It must not set a timeout of any kind: Lambda
 * freezes the process while `GET …/next` is waiting (AWS Lambda developer guide, "Runtime API").
 *
 * All methods reject with a `RuntimeApiError` of code `RUNTIME_API_UNREACHABLE` when no complete answer was received.
 */
export interface Transport {
  /** `path` starts with `/`. */
  get(path: string): Promise<TransportResponse>;
  post(request: PostRequest): Promise<TransportResponse>;
  /**
   * Sends a POST and, without waiting for its answer, a GET behind it on the same connection (HTTP/1.1 pipelining, RFC
   * 9112 §9.3.2): one round trip for a response and the next event. Without it the client sends one after the other.
   *
   * @param onPosted gets the answer to the POST as soon as it is there; what it throws rejects the promise
   * @param onGot gets the answer to the GET; what it throws rejects the promise
   * @returns what `onGot` has returned
   */
  postThenGet?<Result>(
    request: PostRequest,
    getPath: string,
    onPosted: (response: TransportResponse) => void,
    onGot: (response: TransportResponse) => Result,
  ): Promise<Result>;
  /** Begins a POST whose body follows piece by piece (chunked), perhaps with trailers of the announced names. */
  postStream(path: string, headers: Readonly<Record<string, string>>, trailerNames: readonly string[]): StreamingPost;
  /** Ends idle connections, so that the process can exit. */
  close(): void;
}

/** The body of a POST while it is being written. */
export interface StreamingPost {
  /** False when the other side does not keep up: `drained` says when to go on. */
  write(chunk: string | Uint8Array): boolean;
  /** Resolves once there is room again, and when the connection is gone. */
  drained(): Promise<void>;
  /** Ends the body; `trailers` only under announced names. */
  end(trailers?: Readonly<Record<string, string>>): void;
  /** The answer; it may come before the body has ended. */
  readonly answered: Promise<TransportResponse>;
}
