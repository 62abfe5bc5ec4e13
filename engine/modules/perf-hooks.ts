/** `node:perf_hooks`: the clock that is a global as well. */

export const performance: typeof globalThis.performance = globalThis.performance;
