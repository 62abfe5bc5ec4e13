/** What a caller of the service asks for, and what it gets. */
import type { FunctionConfiguration } from "./function-configuration.ts";
import { ServiceException } from "./errors.ts";
import { invalidParameter, requestTooLarge } from "./service-refusals.ts";

/** What a caller asks for. */
export interface InvokeRequest {
  readonly payload: Buffer;
  /** Made by who invokes, and so JSON. @default false: it is looked at */
  readonly isJson?: boolean;
  /** Of a front end that has told it already. @default a new one */
  readonly requestId?: string;
  /** From the query; must not contradict the one in the function name. */
  readonly qualifier?: string | undefined;
  /** Decoded JSON text. */
  readonly clientContext?: string | undefined;
  /** `X-Amzn-Trace-Id` of the caller. */
  readonly traceId?: string | undefined;
  readonly tenantId?: string | undefined;
  /** Wait for, and return, the end of the log. */
  readonly withLogTail?: boolean;
}

/** What a caller gets. */
export interface InvokeResult {
  readonly requestId: string;
  readonly payload: Buffer;
  readonly isFunctionError: boolean;
  /** Base64, only when asked for. */
  readonly logTail: string | undefined;
  readonly traceId: string;
}

/** What a caller gets who reads while the function writes. */
export interface StreamingInvokeResult {
  readonly requestId: string;
  readonly traceId: string;
  /** Of the response, as the runtime gave it; undefined when it did not stream. */
  readonly contentType: string | undefined;
  /** To be read to its end, or left early. */
  readonly payload: AsyncIterable<Buffer>;
  /** Resolves behind the last piece. */
  readonly completed: Promise<StreamCompletion>;
}

/** How a response that was read in pieces ended. */
export interface StreamCompletion {
  /** What the function or the platform reported; undefined for success. */
  readonly error: Buffer | undefined;
  /** Base64, only when asked for. */
  readonly logTail: string | undefined;
}

const emptyEvent = Buffer.from("{}");

/**
 * Checks who asks. Source: AWS Lambda developer guide, "Isolating tenants".
 *
 * @throws ServiceException 400 `InvalidParameterValueException`
 */
export function checkTenant({ tenantIsolation }: FunctionConfiguration, tenantId: string | undefined): void {
  if (tenantIsolation && tenantId === undefined) {
    throw invalidParameter(
      "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.",
    );
  }
  if (!tenantIsolation && tenantId !== undefined) {
    throw invalidParameter(
      "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.",
    );
  }
  if (tenantId !== undefined && !/^[a-zA-Z0-9._:/=+\-@ ]{1,256}$/.test(tenantId)) {
    throw invalidParameter(
      "The tenant ID must have 1 to 256 letters, digits, spaces and characters of . _ : / = + - @",
    );
  }
}

/**
 * Checks what is asked. @returns the event; `{}` for none
 *
 * @throws ServiceException 413 `RequestEntityTooLargeException`, 400 `InvalidRequestContentException`
 */
export function checkPayload({ payload, isJson = false }: InvokeRequest, maxBytes: number): Buffer {
  if (payload.length === 0) return emptyEvent;
  if (payload.length > maxBytes) throw requestTooLarge(maxBytes);
  if (isJson) return payload;
  try {
    JSON.parse(payload.toString("utf8"));
    return payload;
  } catch (error) {
    const reason = `Could not parse payload into json: ${(error as Error).message}`;
    throw new ServiceException(400, "InvalidRequestContentException", {
      Type: "User",
      message: `Could not parse request body into json: ${reason}`,
    });
  }
}
