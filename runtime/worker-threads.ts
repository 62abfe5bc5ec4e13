/**
 * One environment on many threads, for Lambda Managed Instances: the main thread starts the program again in worker
 * threads, each with its own event loop, initialisation and share of the concurrency, and only looks after them. Source:
 * AWS Lambda developer guide, "Node.js runtime for Lambda Managed Instances".
 */
/* oxlint-disable unicorn/require-post-message-target-origin -- threads, not windows */
import type { MessagePort, Worker } from "node:worker_threads";
import type { RuntimeEnvironment } from "./environment.ts";
import { registerInternalExtension } from "./graceful-shutdown.ts";
import { listen, type ProcessEvents } from "./process-events.ts";

/** Marks the threads of ours in `workerData`. */
const threadMark = "runtime-aws-lambda";

const registerMessage = "runtime-aws-lambda: register";
type MessageToMain = { readonly type: typeof registerMessage };
type MessageToThread =
  | { readonly type: "registered"; readonly isRegistered: boolean }
  | { readonly type: "not-registered"; readonly reason: string }
  | { readonly type: "SIGTERM" };

/** The file that a thread can run again; undefined inside of a Node.js single executable, which holds none. */
export function findProgram(
  sea: { isSea(): boolean } | undefined = process.getBuiltinModule("node:sea"),
): string | undefined {
  return sea?.isSea() ? undefined : process.argv[1];
}

/** What `node:worker_threads` says of this thread. */
interface ThreadFacts {
  readonly isMainThread: boolean;
  readonly parentPort: MessagePort | null;
  readonly workerData: unknown;
}

/** This thread, when it is one of ours; else undefined. */
export function findRuntimeThread(
  { isMainThread, parentPort, workerData }: ThreadFacts = process.getBuiltinModule("node:worker_threads"),
): ProcessEvents | undefined {
  return !isMainThread && workerData === threadMark && parentPort !== null ? createThread(parentPort) : undefined;
}

/** Signals reach the main thread alone: it passes SIGTERM on, and registers the extension. */
function createThread(port: MessagePort): ProcessEvents {
  const sigtermListeners = new Map<(thrown: unknown) => void, (message: MessageToThread) => void>();
  return {
    on(event, listener) {
      if (event !== "SIGTERM") return process.on(event, listener);
      const receive = ({ type }: MessageToThread): void => {
        if (type === "SIGTERM") listener(undefined);
      };
      sigtermListeners.set(listener, receive);
      port.on("message", receive);
      // Waiting for a message is no reason to keep an otherwise empty event loop alive.
      return port.unref();
    },
    off(event, listener) {
      const receive = sigtermListeners.get(listener);
      return receive === undefined ? process.off(event, listener) : port.off("message", receive);
    },
    exit: process.exit.bind(process),
    registerExtension: () =>
      new Promise((resolve, reject) => {
        const receive = (message: MessageToThread): void => {
          if (message.type === "SIGTERM") return;
          port.off("message", receive);
          if (message.type === "registered") resolve(message.isRegistered);
          else reject(new Error(message.reason));
        };
        port.on("message", receive);
        port.postMessage({ type: registerMessage } satisfies MessageToMain);
      }),
  };
}

/**
 * Starts the threads and waits until one ends, which ends the environment: the others are stopped, and the process exits
 * with its code. After SIGTERM all may end by themselves.
 *
 * @param program the file that the threads run
 */
export async function runOnThreads(
  program: string,
  { workerCount, runtimeApi }: RuntimeEnvironment & { readonly workerCount: number },
  events: ProcessEvents,
): Promise<never> {
  const { Worker: WorkerClass } = process.getBuiltinModule("node:worker_threads");
  const threads = Array.from({ length: workerCount }, () => new WorkerClass(program, { workerData: threadMark }));
  const registered = new Set<Worker>();
  let registration: Promise<boolean> | undefined;
  let isShuttingDown = false;
  listen(events, {
    SIGTERM() {
      isShuttingDown = true;
      for (const thread of threads) {
        // Who registered nothing has nothing to do.
        if (registered.has(thread)) send(thread, { type: "SIGTERM" });
        else void thread.terminate();
      }
    },
  });
  const endings = threads.map(
    (thread) =>
      new Promise<number>((resolve, reject) => {
        thread.once("exit", resolve);
        thread.once("error", reject);
        thread.on("message", (message: MessageToMain | undefined) => {
          // Handlers may talk to the main thread too.
          if (message?.type !== registerMessage) return;
          registered.add(thread);
          registration ??= registerInternalExtension(runtimeApi);
          registration.then(
            (isRegistered) => send(thread, { type: "registered", isRegistered }),
            (error: Error) => send(thread, { type: "not-registered", reason: error.message }),
          );
        });
      }),
  );
  try {
    const exitCode = await Promise.race(endings);
    if (isShuttingDown) await Promise.all(endings);
    events.exit(isShuttingDown ? 0 : exitCode);
    return await new Promise(() => {});
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

function send(thread: Worker, message: MessageToThread): void {
  thread.postMessage(message);
}
