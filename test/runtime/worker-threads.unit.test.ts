/** The two ends of the conversation between the main thread and its workers, each against a real other end. */
/* oxlint-disable unicorn/require-post-message-target-origin -- threads, not windows */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { describe, expect } from "vitest";
import type { RuntimeEnvironment } from "../../runtime/environment.ts";
import { findProgram, findRuntimeThread, runOnThreads } from "../../runtime/worker-threads.ts";
import { FakeProcess } from "../support/run-script.ts";
import { startScriptedRuntimeApi, type ScriptedAnswer } from "../support/scripted-runtime-api.ts";
import { test } from "../support/temporary-folder.ts";

describe("a thread", () => {
  const connect = () => {
    const { port1, port2 } = new MessageChannel();
    const thread = findRuntimeThread({ isMainThread: false, parentPort: port1, workerData: "runtime-aws-lambda" });
    if (thread === undefined) throw new Error("not recognised");
    return { thread, main: port2 };
  };

  test("is one of ours only with our mark", () => {
    expect(findRuntimeThread()).toBeUndefined();
    expect(findRuntimeThread({ isMainThread: false, parentPort: null, workerData: "other" })).toBeUndefined();
  });

  test("waits until it is registered", async () => {
    const { thread, main } = connect();
    main.on("message", (message) => {
      expect(message).toEqual({ type: "runtime-aws-lambda: register" });
      main.postMessage({ type: "SIGTERM" });
      main.postMessage({ type: "registered", isRegistered: true });
    });
    expect(await thread.registerExtension?.()).toBe(true);
    main.close();
  });

  test("learns why it is not", async () => {
    const { thread, main } = connect();
    main.once("message", () => main.postMessage({ type: "not-registered", reason: "refused" }));
    await expect(thread.registerExtension?.()).rejects.toThrow("refused");
    main.close();
  });

  test("has every other event from its own process", async () => {
    const { thread, main } = connect();
    const listener = (): void => {};
    thread.on("beforeExit", listener);
    expect(process.listeners("beforeExit")).toContain(listener);
    thread.off("beforeExit", listener);
    expect(process.listeners("beforeExit")).not.toContain(listener);
    main.close();
  });

  test("hears of SIGTERM until it stops listening", async () => {
    const { thread, main } = connect();
    let count = 0;
    const heard = new Promise<void>((resolve) => {
      const onSigterm = (): void => {
        count++;
        thread.off("SIGTERM", onSigterm);
        resolve();
      };
      thread.on("SIGTERM", onSigterm);
    });
    main.postMessage({ type: "registered" });
    main.postMessage({ type: "SIGTERM" });
    main.postMessage({ type: "SIGTERM" });
    await heard;
    main.close();
    expect(count).toBe(1);
  });
});

describe("the main thread", () => {
  const register = "POST /2020-01-01/extension/register";
  const registered: Record<string, ScriptedAnswer | undefined> = {
    [register]: { status: 200, headers: { "Lambda-Extension-Identifier": "extension-1" } },
    "GET /2020-01-01/extension/event/next": undefined,
  };

  async function run(
    folder: string,
    source: string,
    answers: Record<string, ScriptedAnswer | undefined>,
    terminates: boolean,
    process = new FakeProcess(),
  ) {
    await using api = await startScriptedRuntimeApi([], answers);
    const program = join(folder, "thread.mjs");
    writeFileSync(program, `import { parentPort } from "node:worker_threads";\n${source}`);
    const environment = { runtimeApi: api.authority, workerCount: 2 } as unknown as RuntimeEnvironment & {
      workerCount: number;
    };
    const ended = runOnThreads(program, environment, process).catch((error: Error) => error.message);
    if (terminates) process.emit("SIGTERM");
    const result = await Promise.race([ended, process.exited]);
    return { result, registrations: api.requests.filter(({ route }) => route === register).length };
  }

  test("registers once, and ends with the code of the thread that ends", async ({ folder }) => {
    const source = `parentPort.on("message", ({ type }) => process.exit(type === "registered" ? 7 : 8));
      parentPort.postMessage(null); // a handler's own message
      parentPort.postMessage({ type: "runtime-aws-lambda: register" });`;
    expect(await run(folder, source, registered, false)).toEqual({ result: 7, registrations: 1 });
  });

  test("passes on why a registration failed", async ({ folder }) => {
    const source = `parentPort.on("message", ({ reason }) => { throw new Error(reason); });
      parentPort.postMessage({ type: "runtime-aws-lambda: register" });`;
    const { result } = await run(folder, source, { [register]: { status: 500 } }, false);
    expect(result).toContain("Registering for SIGTERM as an internal extension failed");
  });

  test("passes SIGTERM on to threads that are registered", async ({ folder }) => {
    const source = `parentPort.on("message", ({ type }) => type === "SIGTERM" ? process.exit(0) : new BroadcastChannel("registered").postMessage(""));
      parentPort.postMessage({ type: "runtime-aws-lambda: register" });`;
    const process = new FakeProcess();
    const channel = new BroadcastChannel("registered");
    let count = 0;
    channel.addEventListener("message", () => {
      count++;
      if (count === 2) process.emit("SIGTERM");
    });
    expect(await run(folder, source, registered, false, process)).toEqual({ result: 0, registrations: 1 });
    channel.close();
  });

  test("ends threads that have registered nothing on SIGTERM", async ({ folder }) => {
    const { result } = await run(folder, "setInterval(() => {}, 1000);", {}, true);
    expect(result).toBe(0);
  });
});

test("the program is the file this process runs, unless it is a single executable", () => {
  expect(findProgram()).toBe(process.argv[1]);
  expect(findProgram({ isSea: () => true })).toBeUndefined();
});
