/** Names on the wire, server side. They stand a second time in `runtime/`, on purpose: one typo must not pass on both. */

/** AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes". */
export const runtimeApiHeaders = {
  requestId: "Lambda-Runtime-Aws-Request-Id",
  invocationId: "Lambda-Runtime-Invocation-Id",
  deadlineMs: "Lambda-Runtime-Deadline-Ms",
  invokedFunctionArn: "Lambda-Runtime-Invoked-Function-Arn",
  traceId: "Lambda-Runtime-Trace-Id",
  clientContext: "Lambda-Runtime-Client-Context",
  tenantId: "Lambda-Runtime-Aws-Tenant-Id",
  errorType: "Lambda-Runtime-Function-Error-Type",
  xrayErrorCause: "Lambda-Runtime-Function-XRay-Error-Cause",
  responseMode: "Lambda-Runtime-Function-Response-Mode",
  errorBody: "Lambda-Runtime-Function-Error-Body",
} as const;

/** AWS Lambda API reference, Invoke. Request names are lower case, as Node.js presents them. */
export const invokeHeaders = {
  invocationType: "x-amz-invocation-type",
  logType: "x-amz-log-type",
  clientContext: "x-amz-client-context",
  tenantId: "x-amz-tenant-id",
  traceId: "x-amzn-trace-id",
  executedVersion: "X-Amz-Executed-Version",
  functionError: "X-Amz-Function-Error",
  logResult: "X-Amz-Log-Result",
  requestId: "x-amzn-RequestId",
  errorType: "x-amzn-ErrorType",
} as const;
