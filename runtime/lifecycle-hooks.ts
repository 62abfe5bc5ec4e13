/** Functions that handlers register for the ends of an environment's life. */

/** Called without arguments; what it returns is awaited. */
export type LifecycleHook = () => unknown;

/** Registered hooks, by occasion. */
export interface LifecycleHooks {
  readonly shutdown: LifecycleHook[];
  readonly beforeSnapshot: LifecycleHook[];
  readonly afterRestore: LifecycleHook[];
}

const key: unique symbol = Symbol.for("runtime-aws-lambda.lifecycle-hooks");
const holder = globalThis as { [key]?: LifecycleHooks };

/** One for all copies of this library: a handler's own copy and the one that runs it are often two. */
export const lifecycleHooks: LifecycleHooks = (holder[key] ??= { shutdown: [], beforeSnapshot: [], afterRestore: [] });

/**
 * Registers a function that is called when Lambda shuts the environment down (SIGTERM). It has 500 ms together with all
 * others. Only functions registered during initialisation have an effect: Lambda sends the signal to environments with
 * an extension alone, and the runtime then registers one.
 */
export function onShutdown(hook: LifecycleHook): void {
  lifecycleHooks.shutdown.push(hook);
}

/**
 * SnapStart: registers a function that is called before the snapshot, in reverse order of registration. What must not
 * be in a snapshot: connections, credentials, random numbers, anything unique.
 */
export function beforeSnapshot(hook: LifecycleHook): void {
  lifecycleHooks.beforeSnapshot.unshift(hook);
}

/** SnapStart: registers a function that is called in every restored environment, in order of registration. */
export function afterRestore(hook: LifecycleHook): void {
  lifecycleHooks.afterRestore.push(hook);
}
