/** What is wrong with a configuration file. */

/**
 * - `CONFIG_NOT_LOADED`: the file cannot be read or run.
 * - `BAD_CONFIG`: it holds something that is no configuration.
 */
export type ConfigErrorCode = "CONFIG_NOT_LOADED" | "BAD_CONFIG";

/** A configuration file cannot be used. `hint` says what to do next. */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;
  readonly hint: string | undefined;

  constructor(code: ConfigErrorCode, message: string, details: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = details.hint;
  }

  static {
    this.prototype.name = "ConfigError";
  }
}
