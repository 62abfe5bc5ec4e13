/** `node:worker_threads`: what it says of the one thread that there is. `Worker` is absent, so a build that needs it is refused. */

export const isMainThread: boolean = true;
export const threadId: number = 0;
export const parentPort: null = null;
export const workerData: null = null;
