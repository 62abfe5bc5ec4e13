/** One way by which HTTP reaches a function: its event, its answer, and what it adds to both. */
import type { ServerResponse } from "node:http";
import type { InvokeRequest } from "../invoke-request.ts";
import type { LambdaService } from "../lambda-service.ts";
import type { Answering } from "../answering.ts";
import { sendBytes } from "../send-bytes.ts";
import { flushed } from "../streaming/flushed.ts";
import { formatAnsweredTraceId } from "../trace-id.ts";
import { corsHeaders, preflightAnswer, type Cors } from "./cors.ts";
import type { HeaderRules } from "./header-rules.ts";
import type { HeaderList, HttpAnswer, HttpRequest } from "./http-request.ts";
import { PreludeReader } from "./prelude-reader.ts";

/** Function URL, HTTP API, REST API or load balancer. */
export interface FrontEnd {
  toEvent(request: HttpRequest): object;
  /** @param payload what the function returned, or its error */
  toAnswer(payload: Buffer, isFunctionError: boolean, request: HttpRequest): HttpAnswer;
  readonly cors?: Cors | undefined;
  /** Of the answer to a preflight. */
  readonly preflightStatusCode?: number;
  /** Where the answer goes out while the function writes it. */
  readonly streaming?: (StreamingRules & { readonly response: ServerResponse }) | undefined;
}

/** How a front end reads streams. */
export interface StreamingRules {
  /** Whether all of them begin with status and headers; where not, their type tells. */
  readonly needsPrelude: boolean;
  readonly headers: HeaderRules;
  /** For an error before the first byte, and a prelude that is none. */
  readonly failed: HttpAnswer;
}

/** What all of them take. Source: AWS Lambda developer guide, "Creating and managing Lambda function URLs", CORS. */
export const frontEndMethods: ReadonlySet<string | undefined> = new Set([
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
]);

/** The type of streams that begin with status and headers. */
const httpIntegrationType = "application/vnd.awslambda.http-integration-response";

/**
 * Invokes the function and sends its answer.
 *
 * @throws ServiceException what the service refuses, before anything was sent
 */
export async function serveFrontEnd(
  service: LambdaService,
  functionName: string,
  frontEnd: FrontEnd,
  { request, response }: { readonly request: HttpRequest; readonly response: Answering },
): Promise<void> {
  const { cors, preflightStatusCode } = frontEnd;
  const added: HeaderList = [
    ["x-amzn-RequestId", request.requestId],
    ["X-Amzn-Trace-Id", formatAnsweredTraceId(request.traceId)],
    ...(cors === undefined ? [] : corsHeaders(cors, request)),
  ];
  const preflight = cors === undefined ? undefined : preflightAnswer(cors, request, preflightStatusCode);
  if (preflight !== undefined) return send(response, preflight, added.slice(0, 1));
  const { requestId, traceId } = request;
  const payload = Buffer.from(JSON.stringify(frontEnd.toEvent(request)));
  const reference = { name: functionName, qualifier: undefined };
  const invocation: InvokeRequest = { payload, isJson: true, requestId, traceId };
  if (frontEnd.streaming !== undefined) {
    return sendStream(service, frontEnd.streaming, { reference, invocation, added });
  }
  const { payload: result, isFunctionError } = await service.invoke(reference, invocation);
  send(response, frontEnd.toAnswer(result, isFunctionError, request), added);
}

function send(response: Answering, { statusCode, headers, body }: HttpAnswer, added: HeaderList): void {
  const sent = [...headers, ...added];
  if (!bodiless.has(statusCode)) return sendBytes(response, statusCode, sent.flat(), body);
  response.writeHead(statusCode, sent.flat()).end();
}

/** These have no body, nor its length (RFC 9110, section 8.6). */
const bodiless: ReadonlySet<number> = new Set([204, 304]);

interface Streaming {
  readonly reference: Parameters<LambdaService["invokeStreaming"]>[0];
  readonly invocation: InvokeRequest;
  readonly added: HeaderList;
}

/** An error behind the first byte is only the end of the body (observed on AWS, with function URLs). */
async function sendStream(
  service: LambdaService,
  { needsPrelude, headers: headerRules, failed, response }: NonNullable<FrontEnd["streaming"]>,
  { reference, invocation, added }: Streaming,
): Promise<void> {
  const { contentType = "application/json", payload, completed } = await service.invokeStreaming(reference, invocation);
  const reader = needsPrelude || contentType === httpIntegrationType ? new PreludeReader(headerRules) : undefined;
  let hasBegun = false;
  const begin = (statusCode: number, headers: HeaderList): void => {
    hasBegun = true;
    response.writeHead(statusCode, [...headers, ...added].flat());
    response.flushHeaders();
  };
  try {
    for await (const piece of payload) {
      const { prelude, body } = reader === undefined ? { prelude: undefined, body: piece } : reader.push(piece);
      if (prelude !== undefined) begin(prelude.statusCode, prelude.headers);
      else if (reader === undefined && !hasBegun) begin(200, [["content-type", contentType]]);
      if (body !== undefined) response.write(body);
      if (hasBegun && !(await flushed(response))) break;
    }
    reader?.end();
  } catch {
    // A prelude that is none: nobody knows what was meant.
    if (!hasBegun) return send(response, failed, added);
  }
  const { error } = await completed;
  if (hasBegun) response.end();
  else if (error !== undefined || reader !== undefined) send(response, failed, added);
  else send(response, { statusCode: 200, headers: [["content-type", contentType]], body: Buffer.alloc(0) }, added);
}
