/** Wrong use of a command: message and usage line, exit code 2. */
export class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }

  static {
    this.prototype.name = "UsageError";
  }
}
