/** Errors with Lambda's own type names for what is wrong with a handler. */

/** As the managed Node.js runtime names them; `InvalidResponse`, for which it has no need, is ours. */
export type HandlerErrorType =
  | "Runtime.HandlerNotFound"
  | "Runtime.MalformedHandlerName"
  | "Runtime.ImportModuleError"
  | "Runtime.UserCodeSyntaxError"
  | "Runtime.CallbackHandlerDeprecated"
  | "Runtime.InvalidResponse"
  | "Runtime.JSONStringifyError"
  | "Runtime.NodeJsExit";

/** `name` becomes the `errorType` of the error document. */
export class HandlerError extends Error {
  override readonly name: HandlerErrorType;

  constructor(name: HandlerErrorType, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = name;
  }
}
