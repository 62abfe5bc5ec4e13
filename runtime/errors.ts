/** The one error class of the runtime. */

/**
 * - `RUNTIME_API_UNREACHABLE`: no complete answer from the Runtime API.
 * - `RUNTIME_API_REJECTED`: the Runtime API answered with a status the runtime cannot go on from.
 * - `BAD_ENVIRONMENT`: a variable that Lambda always sets is missing or unusable.
 * - `BAD_HANDLER`: the module or the initialiser does not provide a function.
 * - `CONCURRENCY_NOT_SUPPORTED`: several events at once are asked for, and the engine cannot tell them apart.
 */
export type RuntimeApiErrorCode =
  | "RUNTIME_API_UNREACHABLE"
  | "RUNTIME_API_REJECTED"
  | "BAD_ENVIRONMENT"
  | "BAD_HANDLER"
  | "CONCURRENCY_NOT_SUPPORTED";

/** What the runtime itself fails with. Errors of the handler are never wrapped in it. */
export class RuntimeApiError extends Error {
  readonly code: RuntimeApiErrorCode;
  /** HTTP status of the refused request. */
  readonly status: number | undefined;
  /** Path of the failed request. */
  readonly path: string | undefined;

  constructor(
    code: RuntimeApiErrorCode,
    message: string,
    details: { status?: number; path?: string; cause?: unknown } = {},
  ) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.status = details.status;
    this.path = details.path;
  }

  static {
    this.prototype.name = "RuntimeApiError";
  }
}
