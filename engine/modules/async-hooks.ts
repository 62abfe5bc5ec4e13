/**
 * `node:async_hooks`: contexts that follow promises, timers and callbacks. Bundles that use it have their async functions
 * written as generators, since QuickJS tells nobody of an `await`: a `then` that everybody calls can be watched.
 */

type Context = ReadonlyMap<object, unknown>;
type AnyFunction = (this: unknown, ...args: never[]) => unknown;

let current: Context = new Map();

function within<Result>(context: Context, callback: () => Result): Result {
  const before = current;
  current = context;
  try {
    return callback();
  } finally {
    current = before;
  }
}

/** The function, in the context of now. */
function bound<Bound>(callback: Bound): Bound {
  if (typeof callback !== "function") return callback;
  const context = current;
  return function inContext(this: unknown, ...args: never[]) {
    return within(context, () => (callback as unknown as AnyFunction).apply(this, args));
  } as Bound;
}

// oxlint-disable-next-line promise/prefer-await-to-then -- it is the one that is watched
const { then } = Promise.prototype;
// oxlint-disable-next-line no-extend-native, unicorn/no-thenable -- that is the point
Promise.prototype.then = function followed(this: Promise<unknown>, onFulfilled?: unknown, onRejected?: unknown) {
  return then.call(this, bound(onFulfilled) as () => unknown, bound(onRejected) as () => unknown);
} as typeof then;

for (const name of ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"] as const) {
  const original = globalThis[name] as AnyFunction;
  const replaced = (callback: unknown, ...rest: never[]): unknown =>
    original.call(undefined, bound(callback) as never, ...rest);
  Object.defineProperty(globalThis, name, { value: replaced, writable: true, configurable: true });
}

export class AsyncLocalStorage<Store> {
  getStore(): Store | undefined {
    return current.get(this) as Store | undefined;
  }

  run<Result>(store: Store, callback: (...args: never[]) => Result, ...args: never[]): Result {
    return within(new Map([...current, [this, store]]), () => callback(...args));
  }

  exit<Result>(callback: (...args: never[]) => Result, ...args: never[]): Result {
    return within(new Map([...current].filter(([key]) => key !== this)), () => callback(...args));
  }

  enterWith(store: Store): void {
    current = new Map([...current, [this, store]]);
  }

  disable(): void {
    current = new Map([...current].filter(([key]) => key !== this));
  }

  static bind<Bound>(callback: Bound): Bound {
    return bound(callback);
  }

  static snapshot(): (callback: AnyFunction, ...args: never[]) => unknown {
    const context = current;
    return (callback, ...args) => within(context, () => callback(...args));
  }
}

export class AsyncResource {
  readonly type: string;
  readonly #context = current;

  constructor(type: string) {
    this.type = type;
  }

  runInAsyncScope(callback: AnyFunction, self?: unknown, ...args: never[]): unknown {
    return within(this.#context, () => callback.apply(self, args));
  }

  emitDestroy(): this {
    return this;
  }

  static bind<Bound>(callback: Bound): Bound {
    return bound(callback);
  }
}
