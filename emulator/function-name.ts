/** Reads the FunctionName of a request path: a name, a partial or a full ARN, each with or without a qualifier. */
import { ServiceException } from "./errors.ts";

export interface FunctionReference {
  readonly name: string;
  /** From the name or the ARN; the query parameter is a second place for it. */
  readonly qualifier: string | undefined;
}

// AWS Lambda API reference, Invoke: NamespacedFunctionName.
const pattern =
  /^(?:arn:aws[a-zA-Z-]*:lambda:[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d:\d{12}:function:|(?:\d{12}:)?(?:function:)?)([a-zA-Z0-9-_]{1,64})(?::(\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/;

/** @throws ServiceException 400 `ValidationException` for anything that cannot be a function name */
export function parseFunctionName(text: string): FunctionReference {
  const match = text.length <= 256 ? pattern.exec(text) : null;
  if (match?.[1] !== undefined) return { name: match[1], qualifier: match[2] };
  throw new ServiceException(400, "ValidationException", {
    message:
      `1 validation error detected: Value '${text}' at 'functionName' failed to satisfy constraint: ` +
      `Member must satisfy regular expression pattern: ${pattern.source}`,
  });
}
