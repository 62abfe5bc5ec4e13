/**
 * One environment on many threads, for Lambda Managed Instances: the main thread starts the program again in worker
 * threads, each with its own event loop, initialisation and share of the concurrency, and only looks after them. Source:
 * AWS Lambda developer guide, "Node.js runtime for Lambda Managed Instances".
 */
/* oxlint-disable unicorn/require-post-message-target-origin -- threads, not windows */
import type { MessagePort } from "node:worker_threads";
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

/** The thread this is, when it is one of ours. */
export function findRuntimeThread(): RuntimeThread | undefined {
  const { isMainThread, parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
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
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const threads = Array.from({ length: workerCount }, () => new Worker(program, { workerData: threadMark }));
  const send = (message: MessageToThread): void => {
    for (const thread of threads) thread.postMessage(message);
  };
  let registration: Promise<void> | undefined;
  let isShuttingDown = false;
  listen(events, {
    SIGTERM() {
      isShuttingDown = true;
      send({ type: "SIGTERM" });
    },
  });
  const endings = threads.map(
    (thread) =>
      new Promise<number>((resolve, reject) => {
        thread.once("exit", resolve);
        thread.once("error", reject);
        thread.on("message", () => {
          registration ??= registerInternalExtension(runtimeApi);
          registration.then(
            () => thread.postMessage({ type: "registered" } satisfies MessageToThread),
            (error: Error) =>
              thread.postMessage({ type: "not-registered", reason: error.message } satisfies MessageToThread),
          );
        });
      }),
  );
  try {
    const exitCode = await Promise.race(endings);
    const exitCodes = isShuttingDown ? await Promise.all(endings) : [exitCode];
    events.exit(Math.max(...exitCodes));
    return await new Promise(() => {});
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
