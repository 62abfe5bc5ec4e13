/**
 * The runtime: a dependency-free client of the Lambda Runtime API that goes into the function.
 *
 * @module
 */
export { defaultRuntime } from "./run.ts";
export type { Handler, Initialization, Initialize, Runtime, RuntimeOptions } from "./run.ts";
export { runHandlerModule } from "./handler-module.ts";
export { callbackHandler } from "./callback-handler.ts";
export type { Callback, CallbackContext, CallbackHandler } from "./callback-handler.ts";
export { HttpResponseStream, streamifyResponse } from "./awslambda-global.ts";
export type { HttpResponsePrelude, StreamingHandler } from "./awslambda-global.ts";
export type { ResponseStream } from "./response-stream.ts";
export { afterRestore, beforeSnapshot, onShutdown } from "./lifecycle-hooks.ts";
export type { LifecycleHook } from "./lifecycle-hooks.ts";
export { RuntimeApiClient } from "./runtime-api-client.ts";
export type { Answer, AnswerOutcome, Invocation } from "./runtime-api-client.ts";
export type { StreamedResponse } from "./streamed-response.ts";
export { createSocketTransport } from "./socket-transport.ts";
export { createHttpTransport } from "./http-transport.ts";
export type { PostRequest, ResponseHeaders, StreamingPost, Transport, TransportResponse } from "./transport.ts";
export { readEnvironment } from "./environment.ts";
export type { LogSettings, RuntimeEnvironment } from "./environment.ts";
export type { LogLevel } from "./log-level.ts";
export type { EventFormat } from "./event-formats.ts";
export type { ProcessEvents } from "./process-events.ts";
export { buildInvocationContext } from "./invocation-context.ts";
export type { ContextBuilder, ContextOptions, InvocationContext } from "./invocation-context.ts";
export { describeError } from "./error-document.ts";
export type { ErrorDocument } from "./error-document.ts";
export { formatXrayCause } from "./xray-cause.ts";
export type { BackOff } from "./back-off.ts";
export { RuntimeApiError } from "./errors.ts";
export type { RuntimeApiErrorCode } from "./errors.ts";
