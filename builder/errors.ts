/** What a build fails with. */

/**
 * - `BAD_OPTIONS`: an option has a value that cannot be.
 * - `PROJECT_NOT_FOUND`: nothing at the path, or nothing in it that can be built.
 * - `PROJECT_UNREADABLE`: a file or folder of it cannot be read.
 * - `ENGINE_UNAVAILABLE`: the JavaScript engine is not in the cache and could not be fetched.
 * - `ENGINE_DAMAGED`: what was fetched, or installed, is not what is pinned.
 * - `ENGINE_NOT_SUPPORTED`: this engine does not run on this platform, or cannot be used on this machine.
 * - `ENGINE_LACKS_MODULE`: the function needs a module or a global of Node.js, or a package outside of the bundle, that the
 *   native engine does not have.
 * - `PACKAGE_UNAVAILABLE`: a package that stays outside of the bundle cannot be installed.
 * - `COMPILE_FAILED`: the engine's own compile step ended with an error.
 * - `PLATFORM_REFUSED`: the executable would not start on the platform.
 * - `SMOKE_RUN_FAILED`: the executable started, but did not answer an event.
 * - `ARCHIVE_TOO_LARGE`: larger than Lambda accepts.
 */
export type BuilderErrorCode =
  | "BAD_OPTIONS"
  | "PROJECT_NOT_FOUND"
  | "PROJECT_UNREADABLE"
  | "ENGINE_UNAVAILABLE"
  | "ENGINE_DAMAGED"
  | "ENGINE_NOT_SUPPORTED"
  | "ENGINE_LACKS_MODULE"
  | "PACKAGE_UNAVAILABLE"
  | "COMPILE_FAILED"
  | "PLATFORM_REFUSED"
  | "SMOKE_RUN_FAILED"
  | "ARCHIVE_TOO_LARGE";

/** Facts about a failure, for the reader of the error. */
export interface BuilderErrorDetails {
  /** What to do next. */
  readonly hint?: string;
  /** Exit code of the program that failed. */
  readonly exitCode?: number;
  /** The last lines that program wrote. */
  readonly logTail?: readonly string[];
  readonly cause?: unknown;
}

/** A build that produced nothing; the previous result is untouched. */
export class BuilderError extends Error {
  readonly code: BuilderErrorCode;
  readonly hint: string | undefined;
  readonly exitCode: number | undefined;
  readonly logTail: readonly string[];

  constructor(code: BuilderErrorCode, message: string, details: BuilderErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = details.hint;
    this.exitCode = details.exitCode;
    this.logTail = details.logTail ?? [];
  }

  static {
    this.prototype.name = "BuilderError";
  }
}
