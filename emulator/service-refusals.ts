/** The refusals of the Lambda service that several places use, in its own words. */
import { ServiceException } from "./errors.ts";

/** 413. */
export function requestTooLarge(maxBytes: number): ServiceException {
  return new ServiceException(413, "RequestEntityTooLargeException", {
    Message: `Request must be smaller than ${maxBytes} bytes for the InvokeFunction operation`,
  });
}

/** 429: all environments are busy. */
export function throttled(): ServiceException {
  return new ServiceException(
    429,
    "TooManyRequestsException",
    { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded", Type: "User", message: "Rate Exceeded." },
    { "Retry-After": "1" },
  );
}

/** 400. */
export function invalidParameter(message: string): ServiceException {
  return new ServiceException(400, "InvalidParameterValueException", { Type: "User", message });
}

/** 501: anything Lambda can do and this emulator cannot, by name. */
export function notEmulated(what: string): ServiceException {
  return new ServiceException(501, "NotEmulatedException", { Type: "User", message: `${what} is not emulated` });
}
