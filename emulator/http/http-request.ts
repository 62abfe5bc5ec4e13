/** What the HTTP front ends translate from and to: no socket, no framework. */

/** A request as a front end received it. */
export interface HttpRequest {
  readonly method: string;
  /** As sent, percent-encoded, without the query; without the stage, where the front end has one. */
  readonly rawPath: string;
  /** What follows `?`, undecoded; empty if there is none. */
  readonly rawQueryString: string;
  /** In order, as sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly sourceIp: string;
  /** Value of `Host`, with its port if it has one. */
  readonly host: string;
  /** Such as `HTTP/1.1`. */
  readonly protocol: string;
  /** A UUID: that of the invocation. */
  readonly requestId: string;
  /** `Root=…`, maybe with `;Parent=…;Sampled=…`. */
  readonly traceId: string;
  /** Time of arrival, Unix milliseconds. */
  readonly nowMs: number;
  readonly accountId: string;
  readonly region: string;
}

/** Headers in the order they are sent; a name may stand several times. Each character of a value is one byte. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** An answer as a front end sends it, complete but for what every answer of that front end has. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
}
