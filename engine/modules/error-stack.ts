/** Stacks as V8 writes them: type and message stand in the first line, which QuickJS leaves out. */

interface StackPosition {
  getFunctionName(): string | null;
  getFileName(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  isNative(): boolean;
}

interface ErrorClass {
  prepareStackTrace?: (error: Error, positions: readonly StackPosition[]) => string;
  captureStackTrace(target: object, above?: unknown): void;
}

/** Stacks that were looked at. */
const written = new WeakMap<Error, string>();

/**
 * Makes QuickJS write them. Its own constructors are no part of a stack. As in Node.js the first line is made when somebody
 * looks at the stack: classes give their errors a name when those have a stack already.
 */
export function writeStacksAsV8(): void {
  const errorClass = Error as unknown as ErrorClass;
  const inherited = Object.getOwnPropertyDescriptor(Error.prototype, "stack") as PropertyDescriptor;
  // oxlint-disable-next-line no-extend-native -- this is the engine
  Object.defineProperty(Error.prototype, "stack", {
    ...inherited,
    get(this: Error) {
      const lines: unknown = inherited.get?.call(this);
      if (typeof lines !== "string") return lines;
      const stack = written.get(this) ?? `${headOf(this)}${lines}`;
      written.set(this, stack);
      return stack;
    },
  });
  // Whoever asks for a stack gets a text that does not change any more.
  const { captureStackTrace } = errorClass;
  let isCaptured = false;
  errorClass.captureStackTrace = function capture(target, above = capture) {
    isCaptured = true;
    try {
      captureStackTrace.call(Error, target, above);
    } finally {
      isCaptured = false;
    }
  };
  errorClass.prepareStackTrace = (error, positions) => {
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
    // DOMException has no such getter.
    const head = isCaptured || error instanceof DOMException ? headOf(error) : "";
    return `${head}${lines.join("")}`;
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
    return Error.prototype.toString.call(error);
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
