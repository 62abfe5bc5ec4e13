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

function createInvokeContext({ requestId, traceId, tenantId }: Invocation): InvokeContext {
  return {
    [protectedKeys.requestId]: requestId,
    [protectedKeys.traceId]: traceId,
    [protectedKeys.tenantId]: tenantId,
  };
}

/** One invocation at a time: the context is a variable. */
export class InvokeStore {
  #current: InvokeContext | undefined;
  /** Whose context is made when somebody asks for it. */
  #invocation: Invocation | undefined;

  /** Calls `callback` with this context around it; without concurrency it stays until the next one. */
  run<Result>(context: InvokeContext, callback: () => Result): Result {
    this.#current = context;
    this.#invocation = undefined;
    return callback();
  }

  /** As `run`, with the context that belongs to the invocation: the same one each time. */
  runFor<Result>(invocation: Invocation, callback: () => Result): Result {
    if (this.#invocation !== invocation) {
      this.#invocation = invocation;
      this.#current = undefined;
    }
    return callback();
  }

  getContext(): InvokeContext | undefined {
    if (this.#current === undefined && this.#invocation !== undefined) {
      this.#current = createInvokeContext(this.#invocation);
    }
    return this.#current;
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
    return this.getContext() ?? (this.#current = {});
  }
}

type AsyncHooks = typeof import("node:async_hooks");
type AsyncLocalStorage<Value> = InstanceType<typeof import("node:async_hooks").AsyncLocalStorage<Value>>;

/** Many invocations at a time: the context follows the asynchronous calls (`AsyncLocalStorage`). */
export class ConcurrentInvokeStore extends InvokeStore {
  readonly #storage: AsyncLocalStorage<InvokeContext>;
  readonly #contexts = new WeakMap<Invocation, InvokeContext>();

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

  override runFor<Result>(invocation: Invocation, callback: () => Result): Result {
    let context = this.#contexts.get(invocation);
    if (context === undefined) {
      context = createInvokeContext(invocation);
      this.#contexts.set(invocation, context);
    }
    return this.run(context, callback);
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
