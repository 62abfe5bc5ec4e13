/**
 * Speaks the Lambda Runtime API, version 2018-06-01: which path, which headers, which status means what. Bytes travel
 * through a `Transport`. Public, so that a custom runtime for another language can be written on it.
 * Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes".
 */
import { RuntimeApiError } from "./errors.ts";
import type { ErrorDocument } from "./error-document.ts";
import type { Transport, TransportResponse } from "./transport.ts";

/** One event and what came with it. */
export interface Invocation {
  /** Goes into the path of the response; also the `awsRequestId` of the context. */
  readonly requestId: string;
  /** Unix time in milliseconds. */
  readonly deadlineMs: number;
  readonly invokedFunctionArn: string;
  readonly traceId: string | undefined;
  readonly clientContext: string | undefined;
  readonly cognitoIdentity: string | undefined;
  readonly tenantId: string | undefined;
  /** Identifies this attempt; echoed with the answer. */
  readonly invocationId: string | undefined;
  readonly body: Uint8Array;
}

/** Whether Lambda took the answer. A refused one is lost, but the runtime may go on with the next event. */
export type AnswerOutcome = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

const accepted: AnswerOutcome = { accepted: true };
const jsonType = "application/json";
const errorTypeHeader = "Lambda-Runtime-Function-Error-Type";

/** Statuses that cost one answer, not the environment: unknown request id, answer too late, answer too large. */
const survivableStatuses: readonly number[] = [400, 410, 413];

/** The four calls of a custom runtime. */
export class RuntimeApiClient {
  readonly #transport: Transport;
  readonly #base: string;

  /** @param apiVersion default `2018-06-01` */
  constructor(transport: Transport, apiVersion = "2018-06-01") {
    this.#transport = transport;
    this.#base = `/${apiVersion}/runtime`;
  }

  /**
   * Waits for the next event, as long as it takes.
   *
   * @throws RuntimeApiError `RUNTIME_API_UNREACHABLE` when the connection fails, `RUNTIME_API_REJECTED` for any status
   *   but 200 and for an answer without a request id, deadline or function ARN.
   */
  async nextInvocation(): Promise<Invocation> {
    const path = `${this.#base}/invocation/next`;
    const response = await this.#transport.get(path);
    if (response.status !== 200) throw rejected(path, response);
    const { headers, body } = response;
    const requestId = headers["lambda-runtime-aws-request-id"];
    const deadlineMs = Number(headers["lambda-runtime-deadline-ms"] ?? Number.NaN);
    const invokedFunctionArn = headers["lambda-runtime-invoked-function-arn"];
    if (requestId === undefined || invokedFunctionArn === undefined || !Number.isFinite(deadlineMs)) {
      throw rejected(path, response, "answered without a request id, deadline or function ARN");
    }
    return {
      requestId,
      deadlineMs,
      invokedFunctionArn,
      traceId: headers["lambda-runtime-trace-id"],
      clientContext: headers["lambda-runtime-client-context"],
      cognitoIdentity: headers["lambda-runtime-cognito-identity"],
      tenantId: headers["lambda-runtime-aws-tenant-id"],
      invocationId: headers["lambda-runtime-invocation-id"],
      body,
    };
  }

  /**
   * Sends the result of an invocation.
   *
   * @param contentType default `application/json`
   * @throws RuntimeApiError when the Runtime API is unreachable, or refuses in a way that cannot be survived
   */
  invocationResponse(
    invocation: Invocation,
    body: string | Uint8Array,
    contentType: string = jsonType,
  ): Promise<AnswerOutcome> {
    return this.#answer(invocation, "response", { "Content-Type": contentType }, body);
  }

  /** Reports that the handler failed. Throws as `invocationResponse`. */
  invocationError(invocation: Invocation, document: ErrorDocument): Promise<AnswerOutcome> {
    return this.#answer(invocation, "error", errorHeaders(document), JSON.stringify(document));
  }

  /** Reports that initialisation failed; the process must exit afterwards. Throws as `invocationResponse`. */
  async initializationError(document: ErrorDocument): Promise<void> {
    const path = `${this.#base}/init/error`;
    const response = await this.#transport.post(path, errorHeaders(document), JSON.stringify(document));
    if (response.status !== 202) throw rejected(path, response);
  }

  /** Ends idle connections. */
  close(): void {
    this.#transport.close();
  }

  async #answer(
    invocation: Invocation,
    kind: "response" | "error",
    headers: Record<string, string>,
    body: string | Uint8Array,
  ): Promise<AnswerOutcome> {
    const path = `${this.#base}/invocation/${encodeURIComponent(invocation.requestId)}/${kind}`;
    if (invocation.invocationId !== undefined) headers["Lambda-Runtime-Invocation-Id"] = invocation.invocationId;
    const response = await this.#transport.post(path, headers, body);
    if (response.status === 202) return accepted;
    const error = rejected(path, response);
    if (survivableStatuses.includes(response.status)) return { accepted: false, reason: error.message };
    throw error;
  }
}

/** Lambda keeps only types of its own pattern; any other value would be normalised to Runtime.Unknown. */
function errorHeaders(document: ErrorDocument): Record<string, string> {
  const headers: Record<string, string> = { "Content-Type": jsonType };
  if (/^(Runtime|Function)\.[A-Z][a-zA-Z]+$/.test(document.errorType)) headers[errorTypeHeader] = document.errorType;
  return headers;
}

function rejected(path: string, response: TransportResponse, what?: string): RuntimeApiError {
  const text = Buffer.from(response.body.buffer, response.body.byteOffset, response.body.byteLength).toString(
    "utf8",
    0,
    300,
  );
  const answer = what ?? `answered ${response.status}${text === "" ? "" : ` ${text.trim()}`}`;
  const { status } = response;
  return new RuntimeApiError("RUNTIME_API_REJECTED", `The Runtime API ${answer} to ${path}`, { status, path });
}
