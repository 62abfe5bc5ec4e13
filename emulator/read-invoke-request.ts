/** What a request of the Invoke operations asks for. Source: AWS Lambda API reference, Invoke, InvokeWithResponseStream. */
import { ServiceException } from "./errors.ts";
import { headerOf, type RequestHead } from "./request-head.ts";
import { parseFunctionName, type FunctionReference } from "./function-name.ts";
import { invokeHeaders as names } from "./lambda-protocol.ts";
import { percentDecode } from "./http/percent-decoding.ts";
import type { InvokeRequest } from "./invoke-request.ts";
import { maxClientContextBytes } from "./limits.ts";

const synchronous = "RequestResponse";

/** Which function, how, and with what. */
export interface ReadInvokeRequest {
  readonly reference: FunctionReference;
  readonly invocationType: string;
  readonly request: InvokeRequest;
}

/**
 * Reads the request.
 *
 * @param functionName as it stands in the path
 * @param invocationTypes those of the operation; `RequestResponse` holds where none is named
 * @throws ServiceException 400 for values the operation does not know
 */
export function readInvokeRequest(
  { request, body: payload }: { readonly request: RequestHead; readonly body: Buffer },
  functionName: string,
  invocationTypes: readonly string[],
): ReadInvokeRequest {
  const reference = parseFunctionName(percentDecode(functionName));
  const type = headerOf(request, names.invocationType) ?? synchronous;
  const invocationType = oneOf(type, "invocationType", invocationTypes);
  return {
    reference,
    invocationType,
    request: {
      payload,
      qualifier: readQualifier(request),
      traceId: headerOf(request, names.traceId),
      tenantId: headerOf(request, names.tenantId),
      ...(invocationType === synchronous ? readSynchronous(request) : {}),
    },
  };
}

/** What counts only where the caller waits for the answer. */
function readSynchronous(request: RequestHead): Pick<InvokeRequest, "clientContext" | "withLogTail"> {
  const logType = oneOf(headerOf(request, names.logType) ?? "None", "logType", ["None", "Tail"]);
  const clientContext = decodeClientContext(headerOf(request, names.clientContext));
  return { clientContext, withLogTail: logType === "Tail" };
}

function readQualifier({ url = "" }: RequestHead): string | undefined {
  const queryStart = url.indexOf("?");
  return queryStart < 0 ? undefined : (new URLSearchParams(url.slice(queryStart)).get("Qualifier") ?? undefined);
}

/** 400, as the service words a value that is none of its set. */
function oneOf(value: string, name: string, set: readonly string[]): string {
  if (set.includes(value)) return value;
  throw new ServiceException(400, "ValidationException", {
    message:
      `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: ` +
      `Member must satisfy enum value set: [${set.join(", ")}]`,
  });
}

/** Base64 JSON of at most 3,583 bytes; the runtime receives the text. */
function decodeClientContext(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = Buffer.from(header, "base64").toString("utf8");
  try {
    if (Buffer.byteLength(header) <= maxClientContextBytes) {
      // A header cannot carry line breaks; the value is the same without them.
      return formatClientContext(JSON.parse(text));
    }
  } catch {
    // Refused below, like a context that is too long.
  }
  const message = "Client context must be a valid Base64-encoded JSON object.";
  throw new ServiceException(400, "InvalidRequestContentException", { Type: "User", message });
}

/** In ASCII: it becomes a header. */
export function formatClientContext(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\uffff]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
