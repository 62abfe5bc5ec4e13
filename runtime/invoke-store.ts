/**
 * What belongs to the invocation under way: request id, trace id, tenant id, and what handlers keep there. The same
 * object as in the managed Node.js runtime (`@aws/lambda-invoke-store`), so that AWS SDK and Powertools find it.
 */
import { RuntimeApiError } from "./errors.ts";
import type { Invocation } from "./runtime-api-client.ts";

/** Keys that only the runtime sets. Symbols of the global registry: every copy of the library means the same. */
const protectedKeys = {
  requestId: Symbol.for("_AWS_LAMBDA_REQUEST_ID"),
  traceId: Symbol.for("_AWS_LAMBDA_X_RAY_TRACE_ID"),
  tenantId: Symbol.for("_AWS_LAMBDA_TENANT_ID"),
} as const;

/** The values of one invocation. */
export type InvokeContext = Record<string | symbol, unknown>;

/** Makes the context of an invocation. */
export function createInvokeContext({ requestId, traceId, tenantId }: Invocation): InvokeContext {
  return {
    [protectedKeys.requestId]: requestId,
    [protectedKeys.traceId]: traceId,
    [protectedKeys.tenantId]: tenantId,
  };
}

/** One invocation at a time: the context is a variable. */
export class InvokeStore {
  protected current: InvokeContext | undefined;

  /** Calls `callback` with this context around it; without concurrency it stays until the next one. */
  run<Result>(context: InvokeContext, callback: () => Result): Result {
    this.current = context;
    return callback();
  }

  getContext(): InvokeContext | undefined {
    return this.current;
  }

  hasContext(): boolean {
    return this.getContext() !== undefined;
  }

  get(key: string | symbol): unknown {
    return this.getContext()?.[key];
  }

  /** @throws Error for a key of the runtime's own, and, with concurrency, outside of an invocation. */
  set(key: string | symbol, value: unknown): void {
    if (this.isProtectedKey(key)) {
      throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    }
    this.writableContext()[key] = value;
  }

  /** `-` outside of an invocation. */
  getRequestId(): string {
    return (this.get(protectedKeys.requestId) as string | undefined) ?? "-";
  }

  getXRayTraceId(): string | undefined {
    return this.get(protectedKeys.traceId) as string | undefined;
  }

  getTenantId(): string | undefined {
    return this.get(protectedKeys.tenantId) as string | undefined;
  }

  isProtectedKey(key: string | symbol): boolean {
    return (Object.values(protectedKeys) as readonly (string | symbol)[]).includes(key);
  }

  protected writableContext(): InvokeContext {
    return (this.current ??= {});
  }
}

type AsyncHooks = typeof import("node:async_hooks");
type AsyncLocalStorage<Value> = InstanceType<typeof import("node:async_hooks").AsyncLocalStorage<Value>>;

/** Many invocations at a time: the context follows the asynchronous calls (`AsyncLocalStorage`). */
export class ConcurrentInvokeStore extends InvokeStore {
  readonly #storage: AsyncLocalStorage<InvokeContext>;

  /** @throws RuntimeApiError `CONCURRENCY_NOT_SUPPORTED` on an engine where nothing follows asynchronous calls */
  constructor() {
    super();
    // Loaded here, so that a function without concurrency does not pay for it.
    const hooks = process.getBuiltinModule("node:async_hooks") as AsyncHooks | undefined;
    if (hooks === undefined) {
      throw new RuntimeApiError(
        "CONCURRENCY_NOT_SUPPORTED",
        "AWS_LAMBDA_MAX_CONCURRENCY asks for several events at once, and this engine cannot tell them apart: build the " +
          "function with --engine bun or --engine node, or give it one event at a time",
      );
    }
    this.#storage = new hooks.AsyncLocalStorage();
  }

  override run<Result>(context: InvokeContext, callback: () => Result): Result {
    return this.#storage.run(context, callback);
  }

  override getContext(): InvokeContext | undefined {
    return this.#storage.getStore();
  }

  protected override writableContext(): InvokeContext {
    const context = this.getContext();
    if (context === undefined) throw new Error("No context available");
    return context;
  }
}
