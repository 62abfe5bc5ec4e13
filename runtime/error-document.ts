/** Turns anything a handler can throw into the JSON document that Lambda hands to the caller. Never throws. */

/** AWS Lambda developer guide, "Runtime API", invocation error: the body of an error report. */
export interface ErrorDocument {
  readonly errorType: string;
  readonly errorMessage: string;
  /** Lines of the stack, the first one repeating type and message as V8 writes it. */
  readonly stackTrace: readonly string[];
}

/** Lambda takes at most 6 MiB for the whole document; a message of that size helps nobody. */
const maxMessageCharacters = 256 * 1024;
const maxStackLines = 200;

/**
 * Describes a thrown value. Errors give their name, message and stack; anything else its type and text, as the managed
 * Node.js runtime does. Members that throw when read are replaced by a note.
 */
export function describeError(thrown: unknown): ErrorDocument {
  if (!isErrorLike(thrown)) {
    return {
      errorType: typeof thrown,
      errorMessage: crop(describeValue(thrown)),
      stackTrace: [],
    };
  }
  const stack = readText(thrown, "stack") ?? "";
  return {
    errorType: readText(thrown, "name") || "Error",
    errorMessage: crop(readText(thrown, "message") ?? ""),
    stackTrace: stack === "" ? [] : crop(stack).split("\n").slice(0, maxStackLines),
  };
}

/** `instanceof` throws for a revoked proxy. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** Errors of another realm as well. */
function isErrorLike(value: unknown): value is object {
  try {
    return isError(value) || Object.prototype.toString.call(value) === "[object Error]";
  } catch {
    return false;
  }
}

function readText(object: object, member: "name" | "message" | "stack"): string | undefined {
  try {
    const value = (object as Record<string, unknown>)[member];
    return value === undefined ? undefined : describeValue(value);
  } catch {
    return `(reading ${member} failed)`;
  }
}

/** As text: objects as JSON. */
export function describeValue(value: unknown): string {
  try {
    if (typeof value === "object") return JSON.stringify(value) ?? "";
    // oxlint-disable-next-line typescript/no-base-to-string -- objects are handled above
    return String(value);
  } catch {
    return "(the value cannot be turned into text)";
  }
}

function crop(text: string): string {
  return text.length <= maxMessageCharacters ? text : `${text.slice(0, maxMessageCharacters)}…`;
}
