/** Real threads in real processes: what is tested is how they are started, told of the end, and ended. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { event, startScriptedRuntimeApi, type ScriptedAnswer } from "../support/scripted-runtime-api.ts";
import { test } from "../support/temporary-folder.ts";

const runtime = JSON.stringify(new URL("../../dist/runtime/index.js", import.meta.url).href);
const register = "POST /2020-01-01/extension/register";
const nextExtensionEvent = "GET /2020-01-01/extension/event/next";
const next = "GET /2018-06-01/runtime/invocation/next";

interface ProgramResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly routes: readonly string[];
}

/** Runs a program as a bootstrap with four events at a time on two threads. */
async function runProgram(
  folder: string,
  source: string,
  events: readonly ScriptedAnswer[],
  answers: Readonly<Record<string, ScriptedAnswer | undefined>> = {},
  onStdout: (stdout: string, kill: (signal: NodeJS.Signals) => void) => unknown = () => {},
): Promise<ProgramResult> {
  await using api = await startScriptedRuntimeApi(events, answers);
  const file = join(folder, "bootstrap.mjs");
  writeFileSync(file, `import { defaultRuntime, onShutdown } from ${runtime};\n${source}`);
  const child = spawn(process.execPath, [file], {
    env: {
      AWS_LAMBDA_RUNTIME_API: api.authority,
      AWS_LAMBDA_MAX_CONCURRENCY: "4",
      AWS_LAMBDA_NODEJS_WORKER_COUNT: "2",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let soFar = "";
  child.stdout.on("data", (chunk: Buffer) => onStdout((soFar += chunk.toString()), (signal) => child.kill(signal)));
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", resolve);
  });
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { exitCode, stdout, stderr, routes: api.requests.map(({ route }) => route) };
}

/** Initialises on each thread; a handler goes on when all four events are delivered, wherever. */
const gated = (afterwards: string): string => `
  import { threadId } from "node:worker_threads";
  const channel = new BroadcastChannel("delivered");
  const all = Promise.withResolvers();
  let count = 0;
  const delivered = () => ++count === 4 && all.resolve();
  channel.onmessage = delivered;
  await defaultRuntime(async () => {
    console.log("initialised", threadId);
    return async () => {
      channel.postMessage("");
      delivered();
      await all.promise;
      ${afterwards}
    };
  }).run();`;
const fourEvents = ["1", "2", "3", "4"].map((id) => event(id, { "Lambda-Runtime-Aws-Request-Id": id }));

test("events are shared by the threads, each with its own initialisation", async ({ folder }) => {
  const { exitCode, stdout, routes } = await runProgram(folder, gated("return threadId;"), fourEvents);
  expect(stdout.match(/"message":"initialised \d+"/g)).toHaveLength(2);
  // The gate opens only when each thread has two events, since none takes more at a time.
  expect(routes.some((route) => route.endsWith("/response"))).toBe(true);
  // The script has ended: so has the first thread that was told, and with it the environment.
  expect(exitCode).toBe(1);
});

test("the exit code of a thread is that of the process", async ({ folder }) => {
  const { exitCode, stdout, routes } = await runProgram(
    folder,
    `await defaultRuntime(async () => () => { setTimeout(() => { throw new Error("nobody"); }); return new Promise(() => {}); }).run();`,
    [event("1")],
    { [next]: event("1") },
  );
  expect(exitCode).toBe(129);
  expect(stdout).toContain('"errorMessage":"nobody"');
  expect(routes).toContain("POST /2018-06-01/runtime/invocation/request-1/error");
});

test("SIGTERM runs the hooks of every thread, after one registration", async ({ folder }) => {
  const { exitCode, stdout, routes } = await runProgram(
    folder,
    `onShutdown(() => console.log("hook"));${gated('console.log("delivered"); return new Promise(() => {});')}`,
    fourEvents,
    {
      [register]: { status: 200, headers: { "Lambda-Extension-Identifier": "extension-1" } },
      [nextExtensionEvent]: undefined,
    },
    (printed, kill) => printed.includes('"delivered"') && kill("SIGTERM"),
  );
  expect(stdout.match(/"message":"hook"/g)).toHaveLength(2);
  expect(routes.filter((route) => route === register)).toHaveLength(1);
  expect(exitCode).toBe(0);
});

test("a refused registration ends the environment with its reason", async ({ folder }) => {
  const { exitCode, stderr } = await runProgram(
    folder,
    `onShutdown(() => {});
     await defaultRuntime(async () => () => 1).run();`,
    [],
    { [register]: { status: 403 }, [next]: undefined },
  );
  expect(exitCode).toBe(1);
  expect(stderr).toContain("Registering for SIGTERM as an internal extension failed");
});
