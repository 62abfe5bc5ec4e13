/**
 * The runtime: a dependency-free client of the Lambda Runtime API that goes into the function.
 *
 * @module
 */
export { defaultRuntime } from "./run.ts";
export type { Handler, Initialization, Initialize, Runtime, RuntimeOptions } from "./run.ts";
export { runHandlerModule } from "./handler-module.ts";
export { RuntimeApiClient } from "./runtime-api-client.ts";
export type { AnswerOutcome, Invocation } from "./runtime-api-client.ts";
export { createSocketTransport } from "./socket-transport.ts";
export type { ResponseHeaders, Transport, TransportResponse } from "./transport.ts";
export { readEnvironment } from "./environment.ts";
export type { RuntimeEnvironment } from "./environment.ts";
export { buildInvocationContext } from "./invocation-context.ts";
export type { ContextBuilder, InvocationContext } from "./invocation-context.ts";
export { describeError } from "./error-document.ts";
export type { ErrorDocument } from "./error-document.ts";
export type { BackOff } from "./back-off.ts";
export { RuntimeApiError } from "./errors.ts";
export type { RuntimeApiErrorCode } from "./errors.ts";
