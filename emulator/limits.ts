/** Numbers of the Lambda service. Source: AWS Lambda developer guide, "Lambda quotas", unless noted. */

/** Request line and headers. */
export const maxHeaderBytes = 1_048_576;
/** Request body of a synchronous invocation. */
export const maxRequestBytes = 6_291_456;
/** Request body of an asynchronous invocation, since October 2025. */
export const maxEventRequestBytes = 1_048_576;
/** How long an asynchronous event may wait (API reference, PutFunctionEventInvokeConfig). */
export const maxEventAgeMs = 21_600_000;
/** Response body: 6 MiB + 100 (text of the service's own error message). */
export const maxResponseBytes = 6_291_556;
/** A response streamed to the caller, since July 2025. */
export const maxStreamedResponseBytes = 209_715_200;
/** The init phase of an on-demand function; a longer one is repeated inside the invocation. */
export const initLimitMs = 10_000;
/** The same with provisioned concurrency, SnapStart and Managed Instances: at least 130 s, else the function's timeout. */
export const provisionedInitLimitMs = 130_000;
/** Events that one environment of Managed Instances may work on at the same time (API reference, capacity provider). */
export const maxMaxConcurrency = 1600;
/** Requests for events that may wait in one (aws-lambda-runtime-interface-emulator, as the next one). */
export const maxWaitingWorkers = 10_000;
/** Error document of a runtime there. */
export const maxConcurrentErrorBytes = 1_048_576;
/** The restore of a snapshot, with the hooks of the runtime. */
export const restoreLimitMs = 10_000;
/** A runtime that reported an init error is given this long to leave by itself, with its last words. */
export const initErrorGraceMs = 500;
/** `X-Amz-Log-Result` holds this much of the end of the log. */
export const logTailBytes = 4096;
/** One line of a log; a longer one is several (CloudWatch Logs user guide, "CloudWatch Logs quotas"). */
export const maxLogEventBytes = 1_048_576;
/** Decoded client context (API reference, Invoke). */
export const maxClientContextBytes = 3583;

export const defaultTimeoutMs = 3000;
export const maxTimeoutMs = 900_000;
export const defaultMemoryMib = 128;
export const minMemoryMib = 128;
export const maxMemoryMib = 10_240;
/** Environments per function on this machine; AWS allows 1,000 per account. */
export const defaultConcurrency = 10;
/** Lambda does not say; minutes have been observed. */
export const defaultIdleTimeoutMs = 600_000;
export const maxIdleTimeoutMs = 86_400_000;
/** Instead of the time limits of a function that a debugger may hold. */
export const inspectedTimeoutMs = 86_400_000;
