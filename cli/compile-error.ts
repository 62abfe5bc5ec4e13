/** A project that its compiler refused, or a compiler that is not there. */
export class CompileError extends Error {
  readonly code = "COMPILE_FAILED";
  readonly hint: string | undefined;

  constructor(message: string, details: { hint?: string; cause?: unknown } = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.hint = details.hint;
  }

  static {
    this.prototype.name = "CompileError";
  }
}
