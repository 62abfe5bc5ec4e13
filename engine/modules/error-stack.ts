/** Stacks as V8 writes them: type and message stand in the first line, which QuickJS leaves out. */

interface StackPosition {
  getFunctionName(): string | null;
  getFileName(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  isNative(): boolean;
}

type ErrorClass = { prepareStackTrace?: (error: Error, positions: readonly StackPosition[]) => string };

/** Makes QuickJS write them. Its own constructors are no part of a stack. */
export function writeStacksAsV8(): void {
  (Error as unknown as ErrorClass).prepareStackTrace = (error, positions) => {
    const constructorName = nameOf(error);
    const first = positions.findIndex((each) => each.getFunctionName() !== constructorName);
    const lines = positions.slice(Math.max(first, 0)).map((each) => {
      const place = each.isNative()
        ? "native"
        : `${each.getFileName()}:${each.getLineNumber()}:${each.getColumnNumber()}`;
      const name = each.getFunctionName();
      return name === null || name === "" || name === "<anonymous>"
        ? `\n    at ${place}`
        : `\n    at ${name} (${place})`;
    });
    return `${headOf(error)}${lines.join("")}`;
  };
}

function nameOf(error: Error): string | undefined {
  try {
    return error.constructor.name;
  } catch {
    return undefined;
  }
}

function headOf(error: Error): string {
  try {
    return String(error);
  } catch {
    return "Error";
  }
}

/** For a person. */
export function describeThrown(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return String(thrown);
    const cause = thrown.cause === undefined ? "" : `\n  [cause]: ${describeThrown(thrown.cause)}`;
    return (thrown.stack ?? String(thrown)) + cause;
  } catch {
    return "(the value cannot be turned into text)";
  }
}
