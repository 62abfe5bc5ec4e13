/** The seam between the Runtime API client and the network. `socket-transport.ts` is the shipped implementation. */

/** Header names in lower case. */
export type ResponseHeaders = Readonly<Record<string, string | undefined>>;

/** A complete answer of the Runtime API. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** The whole body. Valid until the next call on the same transport. */
  readonly body: Uint8Array;
}

/**
 * Sends requests to the Runtime API and waits for the whole answer. It must not set a timeout of any kind: Lambda
 * freezes the process while `GET …/next` is waiting (AWS Lambda developer guide, "Runtime API").
 *
 * Both methods reject with a `RuntimeApiError` of code `RUNTIME_API_UNREACHABLE` when no complete answer was received.
 */
export interface Transport {
  /** `path` starts with `/`. */
  get(path: string): Promise<TransportResponse>;
  /** `path` starts with `/`; the transport adds `Content-Length`. */
  post(path: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array): Promise<TransportResponse>;
  /** Ends idle connections, so that the process can exit. */
  close(): void;
}
