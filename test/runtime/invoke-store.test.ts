import { describe, expect, test } from "vitest";
import { ConcurrentInvokeStore, createInvokeContext, InvokeStore } from "../../runtime/invoke-store.ts";
import type { Invocation } from "../../runtime/runtime-api-client.ts";

const contextOf = (requestId: string) =>
  createInvokeContext({ requestId, traceId: `trace-${requestId}`, tenantId: "blue" } as unknown as Invocation);

describe.each([
  ["one at a time", () => new InvokeStore()],
  ["concurrent", () => new ConcurrentInvokeStore()],
])("%s", (_name, create) => {
  test("gives what belongs to the invocation", () => {
    const store = create();
    expect([store.hasContext(), store.getRequestId(), store.getXRayTraceId()]).toEqual([false, "-", undefined]);
    const seen = store.run(contextOf("1"), () => {
      store.set("user", "Ada");
      return [store.hasContext(), store.getRequestId(), store.getXRayTraceId(), store.getTenantId(), store.get("user")];
    });
    expect(seen).toEqual([true, "1", "trace-1", "blue", "Ada"]);
  });

  test("guards the runtime's own keys", () => {
    const store = create();
    const key = Symbol.for("_AWS_LAMBDA_REQUEST_ID");
    expect(() => store.run(contextOf("1"), () => store.set(key, "2"))).toThrow(
      "Cannot modify protected Lambda context",
    );
  });
});

test("concurrent contexts do not mix", async () => {
  const store = new ConcurrentInvokeStore();
  const gate = Promise.withResolvers<void>();
  const first = store.run(contextOf("1"), async () => {
    await gate.promise;
    return store.getRequestId();
  });
  const second = store.run(contextOf("2"), async () => {
    gate.resolve();
    await gate.promise;
    return store.getRequestId();
  });
  expect(await Promise.all([first, second])).toEqual(["1", "2"]);
  expect(() => store.set("a", 1)).toThrow("No context available");
});

test("without an invocation, a value set stays until the next one", () => {
  const store = new InvokeStore();
  store.set("a", 1);
  expect(store.get("a")).toBe(1);
});
