/** What the runtime promises, kept on the native engine, as the emulator sees it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { startEmulator, type Emulator, type FunctionOptions, type LogEvent } from "../../emulator/index.ts";
import { engineTimeoutMs, nativeEnginePath } from "../support/native-engine.ts";
import { test } from "../support/temporary-folder.ts";

const fixture = (name: string): string => new URL(`../fixtures/functions/${name}`, import.meta.url).pathname;

let path: string;
beforeAll(async () => {
  path = await nativeEnginePath();
}, engineTimeoutMs);

/** An emulator with one function on the engine, and its log. */
async function start(options: FunctionOptions): Promise<{ readonly it: Emulator; readonly log: LogEvent[] }> {
  const log: LogEvent[] = [];
  const functions = { it: { ...options, engine: { name: "native", path } as const } };
  return { it: await startEmulator({ functions, onLog: (event) => log.push(event) }), log };
}

/** A handler of this text. */
function write(folder: string, code: string): string {
  const source = join(folder, "handler.mjs");
  writeFileSync(source, code);
  return source;
}

const linesOf = (log: readonly LogEvent[]): string => log.map(({ line }) => line).join("\n");

describe("failures", { timeout: engineTimeoutMs }, () => {
  test("while it is loaded: an init error", async () => {
    const { it } = await start({ source: fixture("init-error.ts") });
    await using emulator = it;
    const { payload } = await emulator.invoke("it");
    expect(payload).toMatchObject({ errorType: "RangeError", errorMessage: "no table" });
  });

  test("exit codes and signals end the environment, and the next one serves", async () => {
    const { it } = await start({ source: fixture("environment.ts") });
    await using emulator = it;
    const first = (await emulator.invoke("it", {})).payload as { readonly pid: number };
    expect((await emulator.invoke("it", { exit: true })).payload).toMatchObject({ errorType: "Runtime.ExitError" });
    const second = (await emulator.invoke("it", {})).payload as { readonly pid: number };
    expect(second.pid).not.toBe(first.pid);
  });

  test("recursion without end is an error, not the end", async ({ folder }) => {
    const source = write(
      folder,
      "const f = (n) => f(n + 1) + 1; export const handler = async ({ ok }) => (ok ? 1 : f(0));",
    );
    const { it } = await start({ source });
    await using emulator = it;
    expect((await emulator.invoke("it", {})).payload).toMatchObject({
      errorMessage: expect.stringMatching(/stack/i) as string,
    });
    expect((await emulator.invoke("it", { ok: true })).payload).toBe(1);
  });
});

describe("logs", { timeout: engineTimeoutMs }, () => {
  test("as text, by levels and with errors", async ({ folder }) => {
    const source = write(
      folder,
      `export const handler = async () => {
        console.debug("a %s and %d", "text", 5, { b: [1] });
        console.error("failed", new TypeError("bad"));
        process.stdout.write("raw\\n");
      };`,
    );
    const { it, log } = await start({ source });
    await it.invoke("it", {});
    await it.close();
    expect(linesOf(log)).toMatch(/\tDEBUG\ta text and 5 \{ b: \[ 1 \] \}\n/);
    expect(linesOf(log)).toMatch(/\tERROR\tfailed TypeError: bad\r? +at handler \(/);
    expect(linesOf(log)).toContain("\nraw\n");
  });

  test("as JSON", async ({ folder }) => {
    const source = write(folder, `export const handler = async () => console.warn({ order: 1 });`);
    const { it, log } = await start({ source, logging: { format: "JSON" } });
    await it.invoke("it", {});
    await it.close();
    const line = log.map((each) => each.line).find((each) => each.includes('"order"')) ?? "{}";
    expect(JSON.parse(line)).toMatchObject({ level: "WARN", message: { order: 1 } });
  });
});

test("the deadline is a signal, and the time left is told", { timeout: engineTimeoutMs }, async ({ folder }) => {
  const source = write(
    folder,
    `export const handler = async (_event, context) => {
      const left = context.getRemainingTimeInMillis();
      // The deadline alone keeps nothing alive.
      const timer = setInterval(() => {}, 1000);
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      clearInterval(timer);
      return [left > 0 && left <= 700, context.signal.reason.name, context.functionName, process.env._X_AMZN_TRACE_ID.startsWith("Root=")];
    };`,
  );
  const { it } = await start({ source, timeoutMs: 700 });
  await using emulator = it;
  expect((await emulator.invoke("it", {})).payload).toEqual([true, "TimeoutError", "it", true]);
});

test("SIGTERM runs the hooks", { timeout: engineTimeoutMs }, async ({ folder }) => {
  const source = write(
    folder,
    `import { onShutdown } from "runtime-aws-lambda";
    onShutdown(async () => { await new Promise((resolve) => setTimeout(resolve, 10)); console.log("shut down"); });
    export const handler = async () => 1;`,
  );
  const { it, log } = await start({ source });
  await it.invoke("it", {});
  await it.close();
  expect(linesOf(log)).toContain("\tINFO\tshut down");
});

test("SnapStart's hooks", { timeout: engineTimeoutMs }, async () => {
  const { it } = await start({ source: fixture("snapshot.ts"), snapStart: true });
  await using emulator = it;
  expect((await emulator.invoke("it", {})).payload).toMatchObject({ seen: ["init", "before", "after"] });
});

test("an event of 6 MB comes back", { timeout: engineTimeoutMs }, async () => {
  const { it } = await start({ source: fixture("echo.ts"), timeoutMs: 30_000 });
  await using emulator = it;
  const event = "é".repeat(3_000_000);
  expect((await emulator.invoke("it", event)).payload).toBe(event);
});
