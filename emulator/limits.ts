/** Numbers of the Lambda service. Source: AWS Lambda developer guide, "Lambda quotas", unless noted. */

/** Request body of a synchronous invocation. */
export const maxRequestBytes = 6_291_456;
/** Response body: 6 MiB + 100 (text of the service's own error message). */
export const maxResponseBytes = 6_291_556;
/** The init phase of an on-demand function; a longer one is repeated inside the invocation. */
export const initLimitMs = 10_000;
/** `X-Amz-Log-Result` holds this much of the end of the log. */
export const logTailBytes = 4096;
/** Decoded client context (API reference, Invoke). */
export const maxClientContextBytes = 3583;

export const defaultTimeoutMs = 3000;
export const maxTimeoutMs = 900_000;
export const defaultMemoryMib = 128;
export const minMemoryMib = 128;
export const maxMemoryMib = 10_240;
/** Environments per function on this machine; AWS allows 1,000 per account. */
export const defaultConcurrency = 10;
