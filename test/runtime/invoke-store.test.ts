import { describe, expect, test } from "vitest";
import { ConcurrentInvokeStore, InvokeStore } from "../../runtime/invoke-store.ts";
import type { Invocation } from "../../runtime/runtime-api-client.ts";

const invocationOf = (requestId: string) =>
  ({ requestId, traceId: `trace-${requestId}`, tenantId: "blue" }) as unknown as Invocation;

describe.each([
  ["one at a time", () => new InvokeStore()],
  ["concurrent", () => new ConcurrentInvokeStore()],
])("%s", (_name, create) => {
  test("gives what belongs to the invocation", () => {
    const store = create();
    expect([store.hasContext(), store.getRequestId(), store.getXRayTraceId()]).toEqual([false, "-", undefined]);
    const seen = store.runFor(invocationOf("1"), () => {
      store.set("user", "Ada");
      return [store.hasContext(), store.getRequestId(), store.getXRayTraceId(), store.getTenantId(), store.get("user")];
    });
    expect(seen).toEqual([true, "1", "trace-1", "blue", "Ada"]);
  });

  test("keeps what was set for the same invocation", () => {
    const store = create();
    const [first, second] = [invocationOf("1"), invocationOf("2")];
    store.runFor(first, () => store.set("user", "Ada"));
    expect(store.runFor(first, () => store.get("user"))).toBe("Ada");
    expect(store.runFor(second, () => [store.getRequestId(), store.get("user")])).toEqual(["2", undefined]);
  });

  test("takes a context of the caller's own", () => {
    const store = create();
    const context = { [Symbol.for("_AWS_LAMBDA_REQUEST_ID")]: "own", user: "Ada" };
    const invocation = invocationOf("1");
    store.runFor(invocation, () => {
      expect(store.run(context, () => [store.getRequestId(), store.get("user")])).toEqual(["own", "Ada"]);
    });
    expect(store.runFor(invocation, () => store.getRequestId())).toBe("1");
  });

  test("guards the runtime's own keys", () => {
    const store = create();
    const key = Symbol.for("_AWS_LAMBDA_REQUEST_ID");
    expect(() => store.runFor(invocationOf("1"), () => store.set(key, "2"))).toThrow(
      "Cannot modify protected Lambda context",
    );
  });
});

test("concurrent contexts do not mix", async () => {
  const store = new ConcurrentInvokeStore();
  const gate = Promise.withResolvers<void>();
  const first = store.runFor(invocationOf("1"), async () => {
    await gate.promise;
    return store.getRequestId();
  });
  const second = store.runFor(invocationOf("2"), async () => {
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
