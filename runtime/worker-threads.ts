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

type MessageToMain = { readonly type: "register" };
type MessageToThread =
  | { readonly type: "registered" }
  | { readonly type: "not-registered"; readonly reason: string }
  | { readonly type: "SIGTERM" };

/** What a thread needs from the main one. */
export interface RuntimeThread {
  /** Signals reach the main thread alone; it passes SIGTERM on. */
  readonly onSigterm: (listener: () => void) => () => void;
  /** Registers the internal extension, once for all threads. */
  readonly registerExtension: () => Promise<void>;
}

/** The file that a thread can run again; undefined inside of a Node.js single executable, which holds none. */
export function findProgram(): string | undefined {
  const sea = process.getBuiltinModule("node:sea") as { isSea(): boolean } | undefined;
  return sea?.isSea() === true ? undefined : process.argv[1];
}

/** What `node:worker_threads` says of this thread. */
interface ThreadFacts {
  readonly isMainThread: boolean;
  readonly parentPort: MessagePort | null;
  readonly workerData: unknown;
}

/** The thread this is, when it is one of ours. */
export function findRuntimeThread(
  { isMainThread, parentPort, workerData }: ThreadFacts = process.getBuiltinModule("node:worker_threads"),
): RuntimeThread | undefined {
  return !isMainThread && workerData === threadMark && parentPort !== null ? createThread(parentPort) : undefined;
}

function createThread(port: MessagePort): RuntimeThread {
  const receive = (listener: (message: MessageToThread) => void): (() => void) => {
    port.on("message", listener);
    // Waiting for a message is no reason to keep an otherwise empty event loop alive.
    port.unref();
    return () => port.off("message", listener);
  };
  return {
    onSigterm: (listener) => receive(({ type }) => type === "SIGTERM" && listener()),
    registerExtension: () =>
      new Promise((resolve, reject) => {
        const stop = receive((message) => {
          if (message.type === "SIGTERM") return;
          stop();
          if (message.type === "registered") resolve();
          else reject(new Error(message.reason));
        });
        // The answer is waited for.
        port.ref();
        port.postMessage({ type: "register" } satisfies MessageToMain);
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
  let registration: Promise<void> | undefined;
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
        thread.on("message", () => {
          registered.add(thread);
          registration ??= registerInternalExtension(runtimeApi);
          registration.then(
            () => send(thread, { type: "registered" }),
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
