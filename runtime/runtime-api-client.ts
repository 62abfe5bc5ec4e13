/**
 * Speaks the Lambda Runtime API, version 2018-06-01: which path, which headers, which status means what. Bytes travel
 * through a `Transport`. Public, so that a custom runtime for another language can be written on it.
 * Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes".
 */
import { RuntimeApiError } from "./errors.ts";
import type { ErrorDocument } from "./error-document.ts";
import { toHeaderValue } from "./header-value.ts";
import { StreamedResponse } from "./streamed-response.ts";
import type { PostRequest, Transport, TransportResponse } from "./transport.ts";

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

/** What an invocation came to. */
export type Answer =
  | {
      readonly body: string | Uint8Array;
      /** @default "application/json" */
      readonly contentType?: string | undefined;
    }
  | {
      readonly error: ErrorDocument;
      /** For AWS X-Ray, as `formatXrayCause` makes it. */
      readonly xrayCause?: string | undefined;
    };

/** Whether Lambda took the answer. A refused one is lost, but the runtime may go on with the next event. */
export type AnswerOutcome = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

const accepted: AnswerOutcome = { accepted: true };
const jsonType = "application/json";
const errorTypeHeader = "Lambda-Runtime-Function-Error-Type";
const xrayCauseHeader = "Lambda-Runtime-Function-XRay-Error-Cause";
const errorBodyHeader = "Lambda-Runtime-Function-Error-Body";

/** Statuses that cost one answer, not the environment: unknown request id, answer too late, answer too large. */
const survivableStatuses: readonly number[] = [400, 410, 413];

/** The calls of a custom runtime. */
export class RuntimeApiClient {
  readonly #transport: Transport;
  readonly #base: string;
  readonly #nextPath: string;
  readonly #readNext: (response: TransportResponse) => Invocation;

  /** @param apiVersion default `2018-06-01` */
  constructor(transport: Transport, apiVersion = "2018-06-01") {
    this.#transport = transport;
    this.#base = `/${apiVersion}/runtime`;
    this.#nextPath = `${this.#base}/invocation/next`;
    this.#readNext = (response) => readInvocation(this.#nextPath, response);
  }

  /**
   * Waits for the next event, as long as it takes.
   *
   * @throws RuntimeApiError `RUNTIME_API_UNREACHABLE` when the connection fails, `RUNTIME_API_REJECTED` for any status
   *   but 200 and for an answer without a request id, deadline or function ARN.
   */
  async nextInvocation(): Promise<Invocation> {
    return this.#readNext(await this.#transport.get(this.#nextPath));
  }

  /**
   * Sends the result of an invocation.
   *
   * @param contentType default `application/json`
   * @throws RuntimeApiError when the Runtime API is unreachable, or refuses in a way that cannot be survived
   */
  invocationResponse(invocation: Invocation, body: string | Uint8Array, contentType?: string): Promise<AnswerOutcome> {
    return this.answer(invocation, { body, contentType });
  }

  /** Reports that the handler failed. Throws as `invocationResponse`. */
  invocationError(invocation: Invocation, error: ErrorDocument, xrayCause?: string): Promise<AnswerOutcome> {
    return this.answer(invocation, { error, xrayCause });
  }

  /** Sends either. Throws as `invocationResponse`. */
  async answer(invocation: Invocation, answer: Answer): Promise<AnswerOutcome> {
    const request = this.#formatAnswer(invocation, answer);
    return readOutcome(request.path, await this.#transport.post(request));
  }

  /**
   * Sends an answer and asks for the next event behind it, in one round trip where the transport can. Rejects as `answer`
   * does, then without an outcome, and as `nextInvocation`.
   *
   * @param onOutcome hears what became of the answer, before the event is there
   */
  answerAndNext(
    invocation: Invocation,
    answer: Answer,
    onOutcome: (outcome: AnswerOutcome) => void,
  ): Promise<Invocation> {
    const transport = this.#transport;
    if (transport.postThenGet === undefined) return this.#answerThenNext(invocation, answer, onOutcome);
    try {
      const request = this.#formatAnswer(invocation, answer);
      const onPosted = (posted: TransportResponse): void => onOutcome(readOutcome(request.path, posted));
      return transport.postThenGet(request, this.#nextPath, onPosted, this.#readNext);
    } catch (error) {
      // Not asynchronous itself, which would cost another promise for each event.
      return Promise.reject(error);
    }
  }

  async #answerThenNext(
    ...[invocation, answer, onOutcome]: Parameters<RuntimeApiClient["answerAndNext"]>
  ): Promise<Invocation> {
    onOutcome(await this.answer(invocation, answer));
    return this.nextInvocation();
  }

  /**
   * Begins a response that is sent while it is being made (response streaming).
   *
   * @param contentType of the whole response
   */
  streamResponse(invocation: Invocation, contentType: string): StreamedResponse {
    const path = this.#answerPath(invocation, "response");
    const headers = echoInvocationId(invocation, {
      "Content-Type": contentType,
      "Lambda-Runtime-Function-Response-Mode": "streaming",
    });
    const post = this.#transport.postStream(path, headers, [errorTypeHeader, errorBodyHeader]);
    const outcome = post.answered.then((response) => readOutcome(path, response));
    return new StreamedResponse(post, keepQuiet(outcome), { type: errorTypeHeader, body: errorBodyHeader });
  }

  /** Reports that initialisation failed; the process must exit afterwards. Throws as `invocationResponse`. */
  initializationError(error: ErrorDocument): Promise<void> {
    return this.#reportPhaseError("init", error);
  }

  /**
   * SnapStart: asks to be snapshotted, and returns in a restored environment. Called once, instead of the first `next`.
   *
   * @throws RuntimeApiError `RUNTIME_API_REJECTED` where the function does not use SnapStart
   */
  async restoreNext(): Promise<void> {
    const path = `${this.#base}/restore/next`;
    const response = await this.#transport.get(path);
    if (response.status !== 200) throw rejected(path, response);
  }

  /** SnapStart: reports that the work after a restore failed; the process must exit afterwards. */
  restoreError(error: ErrorDocument): Promise<void> {
    return this.#reportPhaseError("restore", error);
  }

  /** Ends idle connections. */
  close(): void {
    this.#transport.close();
  }

  async #reportPhaseError(phase: "init" | "restore", error: ErrorDocument): Promise<void> {
    const path = `${this.#base}/${phase}/error`;
    const headers = { "Content-Type": jsonType, [errorTypeHeader]: toHeaderValue(error.errorType) };
    const response = await this.#transport.post({ path, headers, body: JSON.stringify(error) });
    if (response.status !== 202) throw rejected(path, response);
  }

  #formatAnswer(invocation: Invocation, answer: Answer): PostRequest {
    const isError = "error" in answer;
    const headers = isError
      ? errorHeaders(answer.error, answer.xrayCause)
      : { "Content-Type": answer.contentType ?? jsonType };
    return {
      path: this.#answerPath(invocation, isError ? "error" : "response"),
      headers: echoInvocationId(invocation, headers),
      body: isError ? JSON.stringify(answer.error) : answer.body,
    };
  }

  #answerPath({ requestId }: Invocation, kind: "response" | "error"): string {
    return `${this.#base}/invocation/${encodeURIComponent(requestId)}/${kind}`;
  }
}

function readInvocation(path: string, response: TransportResponse): Invocation {
  if (response.status !== 200) throw rejected(path, response);
  const {
    "lambda-runtime-aws-request-id": requestId,
    "lambda-runtime-deadline-ms": deadline,
    "lambda-runtime-invoked-function-arn": invokedFunctionArn,
    "lambda-runtime-trace-id": traceId,
    "lambda-runtime-client-context": clientContext,
    "lambda-runtime-cognito-identity": cognitoIdentity,
    "lambda-runtime-aws-tenant-id": tenantId,
    "lambda-runtime-invocation-id": invocationId,
  } = response.headers;
  const deadlineMs = Number(deadline ?? Number.NaN);
  if (requestId === undefined || invokedFunctionArn === undefined || !Number.isFinite(deadlineMs)) {
    throw rejected(path, response, "answered without a request id, deadline or function ARN");
  }
  const { body } = response;
  return {
    requestId,
    deadlineMs,
    invokedFunctionArn,
    traceId,
    clientContext,
    cognitoIdentity,
    tenantId,
    invocationId,
    body,
  };
}

function readOutcome(path: string, response: TransportResponse): AnswerOutcome {
  if (response.status === 202) return accepted;
  const error = rejected(path, response);
  if (survivableStatuses.includes(response.status)) return { accepted: false, reason: error.message };
  throw error;
}

function echoInvocationId({ invocationId }: Invocation, headers: Record<string, string>): Record<string, string> {
  if (invocationId !== undefined) headers["Lambda-Runtime-Invocation-Id"] = invocationId;
  return headers;
}

/** Lambda keeps only types of its own pattern; any other value would be normalised to Runtime.Unknown. */
function errorHeaders({ errorType }: ErrorDocument, xrayCause: string | undefined): Record<string, string> {
  const headers: Record<string, string> = { "Content-Type": jsonType };
  if (/^(Runtime|Function)\.[A-Z][a-zA-Z]+$/.test(errorType)) headers[errorTypeHeader] = errorType;
  if (xrayCause !== undefined) headers[xrayCauseHeader] = xrayCause;
  return headers;
}

/** A rejection nobody waits for (yet) must not end the process. */
function keepQuiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function rejected(path: string, response: TransportResponse, what?: string): RuntimeApiError {
  const { body, status } = response;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8", 0, 300);
  const answer = what ?? `answered ${status}${text === "" ? "" : ` ${text.trim()}`}`;
  return new RuntimeApiError("RUNTIME_API_REJECTED", `The Runtime API ${answer} to ${path}`, { status, path });
}
