/** Refusals of the Extensions API: errorType and text as Lambda's own server writes them, all of them 403. */
import { RuntimeApiRefusal } from "../errors.ts";

function refuse(errorType: string, message: string): RuntimeApiRefusal {
  return new RuntimeApiRefusal(403, errorType, message);
}

/** `Lambda-Extension-Name` is missing. */
export const refuseName = (): RuntimeApiRefusal => refuse("Extension.InvalidExtensionName", "Empty extension name");

/** The body is no JSON object with a list of events. */
export const refuseFormat = (message: string): RuntimeApiRefusal => refuse("InvalidRequestFormat", message);

/** An event that is none, or not for this kind of extension. */
export const refuseEvent = (event: string, reason: string): RuntimeApiRefusal =>
  refuse("Extension.InvalidEventType", `${event}: ${reason}`);

/** Managed Instances have no INVOKE, and only external extensions are told of SHUTDOWN. */
export const refuseEventsOfInternal = (): RuntimeApiRefusal =>
  refuse("Extension.InvalidEventType", "No events allowed for internal extensions");

/** The runtime has asked for its first event. */
export const refuseRegistration = (): RuntimeApiRefusal =>
  refuse("Extension.RegistrationClosed", "Extension registration closed already");

/** Registered twice. */
export const refuseSecondRegistration = (): RuntimeApiRefusal =>
  refuse("Extension.InvalidExtensionState", "Extension with this name already registered");

/** External and internal ones together. */
export const refuseNumber = (limit: number): RuntimeApiRefusal =>
  refuse("Extension.TooManyExtensions", `Extension limit (${limit}) reached`);

/** The call does not fit the state of the extension. */
export const refuseExtensionTransition = (name: string, from: string, to: string): RuntimeApiRefusal =>
  refuse(
    "Extension.InvalidExtensionState",
    `State transition from ${from} to ${to} failed for extension ${name}. Error: State transition is not allowed`,
  );

export const refuseMissingIdentifier = (): RuntimeApiRefusal =>
  refuse("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header");

/** No UUID. */
export const refuseIdentifier = (): RuntimeApiRefusal =>
  refuse("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier");

/** A UUID that was not given out. */
export const refuseUnknownIdentifier = (message: string): RuntimeApiRefusal =>
  refuse("Extension.UnknownExtensionIdentifier", message);

/** An error without its type. */
export const refuseMissingErrorType = (): RuntimeApiRefusal =>
  refuse("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
