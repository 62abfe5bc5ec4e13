import type { Invocation } from "../../emulator/invocation.ts";

/** What the service hands to an environment, with what a test does not care about filled in. */
export function anInvocation(requestId: string, given: Partial<Invocation> = {}): Invocation {
  return {
    requestId,
    invocationId: "attempt-1",
    payload: Buffer.from("{}"),
    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:test",
    traceId: "Root=1-a",
    clientContext: undefined,
    tenantId: undefined,
    keepsLog: false,
    isStreamingInvoke: false,
    maxStreamedBytes: 1_000,
    ...given,
  };
}
