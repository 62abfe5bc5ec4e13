/** What can be wrong with the source of a function. */

/**
 * - `ENTRY_NOT_FOUND`: there is no file at the path.
 * - `HANDLER_NOT_EXPORTED`: the module has no such export and does not run a runtime of its own.
 * - `BUNDLE_FAILED`: esbuild refused the source; `locations` says where.
 */
export type BundleErrorCode = "ENTRY_NOT_FOUND" | "HANDLER_NOT_EXPORTED" | "BUNDLE_FAILED";

/** The source cannot be bundled. `hint` says what to do next. */
export class BundleError extends Error {
  readonly code: BundleErrorCode;
  readonly hint: string | undefined;
  /** `file:line:column: text`, one per problem. */
  readonly locations: readonly string[];

  constructor(
    code: BundleErrorCode,
    message: string,
    details: { hint?: string; locations?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = details.hint;
    this.locations = details.locations ?? [];
  }

  static {
    this.prototype.name = "BundleError";
  }
}
