/** What the emulator itself fails with. What a function fails with is an answer, never one of these. */

/**
 * - `BAD_OPTIONS`: an option has a value Lambda or this machine does not accept.
 * - `SOURCE_NOT_FOUND`: nothing at the path of a function.
 * - `SOURCE_NOT_USABLE`: the file is no handler module, zip archive or executable.
 * - `ADDRESS_IN_USE`: the port is taken.
 * - `CLOSED`: the emulator was closed before, or while, the function was invoked.
 */
export type EmulatorErrorCode = "BAD_OPTIONS" | "SOURCE_NOT_FOUND" | "SOURCE_NOT_USABLE" | "ADDRESS_IN_USE" | "CLOSED";

/** The emulator cannot be started. `hint` says what to do next. */
export class EmulatorError extends Error {
  readonly code: EmulatorErrorCode;
  readonly hint: string | undefined;

  constructor(code: EmulatorErrorCode, message: string, details: { hint?: string; cause?: unknown } = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = details.hint;
  }

  static {
    this.prototype.name = "EmulatorError";
  }
}

/** A refusal by the Lambda service: status, code and body as AWS sends them. */
export class ServiceException extends Error {
  readonly statusCode: number;
  /** The same as `errorType`, under the name that all errors of this package have. */
  readonly code: string;
  /** Value of `x-amzn-ErrorType`. */
  readonly errorType: string;
  readonly body: Readonly<Record<string, string | null>>;
  readonly headers: Readonly<Record<string, string>>;

  /** @param body members besides the message, and the message under the spelling this exception uses */
  constructor(
    statusCode: number,
    errorType: string,
    body: Readonly<Record<string, string | null>>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(body["message"] ?? body["Message"] ?? errorType);
    this.statusCode = statusCode;
    this.code = this.errorType = errorType;
    this.body = body;
    this.headers = headers;
  }

  static {
    this.prototype.name = "ServiceException";
  }
}

/** A refusal by the Runtime API: `{errorMessage, errorType}` with a 4xx status. */
export class RuntimeApiRefusal extends Error {
  readonly statusCode: number;
  readonly errorType: string;

  constructor(statusCode: number, errorType: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.errorType = errorType;
  }
}
