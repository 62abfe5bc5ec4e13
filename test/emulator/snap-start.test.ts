/** `snapStart`: with this package's runtime and its hooks. */
import { describe, expect, test } from "vitest";
import { startEmulator, type Emulator, type EmulatorOptions, type FunctionOptions } from "../../emulator/index.ts";
import { skipWithReason } from "../support/requirement.ts";
import { runtimePeers } from "../support/runtime-peers.ts";
import { ManualClock } from "../support/manual-clock.ts";

const source = new URL("../fixtures/functions/snapshot.ts", import.meta.url).pathname;

class Lines {
  readonly all: string[] = [];
  #waiting: { readonly text: string; readonly resolve: () => void }[] = [];

  add(line: string): void {
    this.all.push(line);
    for (const each of this.#waiting.splice(0)) {
      if (this.has(each.text)) each.resolve();
      else this.#waiting.push(each);
    }
  }

  has(text: string): boolean {
    return this.all.some((line) => line.includes(text));
  }

  async until(text: string): Promise<void> {
    if (!this.has(text)) await new Promise<void>((resolve) => this.#waiting.push({ text, resolve }));
  }
}

async function start(
  lines: Lines,
  options: Partial<FunctionOptions> = {},
  more: Partial<EmulatorOptions> = {},
): Promise<Emulator> {
  return startEmulator({
    functions: { it: { source, snapStart: true, ...options } },
    onLog: ({ line }) => lines.add(line),
    ...more,
  });
}
const json = { logging: { format: "JSON", systemLogLevel: "DEBUG" } } as const;

describe("a snapshot", () => {
  test("is made at the start, and restored by the first invocation", async () => {
    const lines = new Lines();
    await using emulator = await start(lines);
    await lines.until("before");
    expect(lines.has("after")).toBe(false);
    const { payload } = await emulator.invoke("it");
    expect(payload).toEqual({ seen: ["init", "before", "after"], type: "snap-start", logStream: null });
    const report = lines.all.find((line) => line.startsWith("REPORT"));
    expect(report).toMatch(/\tRestore Duration: \d+\.\d\d ms\tBilled Restore Duration: \d+ ms\t/);
    expect(report).not.toContain("Init Duration");
    expect((await emulator.invoke("it")).logResult).not.toContain("Restore Duration");
  });

  test("is restored on request, once", async () => {
    const lines = new Lines();
    await using emulator = await start(lines, json);
    await lines.until("platform.initReport");
    expect(emulator.restore("it")).toBe(1);
    await lines.until("platform.restoreReport");
    // What the hook printed may arrive behind it.
    await lines.until("after");
    expect(emulator.restore("it")).toBe(0);
    expect(() => emulator.restore("nobody")).toThrow("Function not found");
  });

  test("is restored as soon as it is made when that was asked before", async () => {
    const lines = new Lines();
    await using emulator = await start(lines, json);
    expect([emulator.restore("it"), emulator.restore("it")]).toEqual([1, 0]);
    await lines.until("platform.restoreReport");
    await lines.until("after");
    expect((await emulator.invoke("it")).payload).toMatchObject({ seen: ["init", "before", "after"] });
    expect(lines.all.filter((line) => line.includes("platform.restoreStart"))).toHaveLength(1);
  });

  test("is restored by a request to the endpoint", async () => {
    const lines = new Lines();
    await using emulator = await start(lines, json);
    await lines.until("platform.initReport");
    const restore = async (name: string): Promise<unknown> => {
      const url = `${emulator.url}/runtime-aws-lambda/functions/${name}/restore`;
      const response = await fetch(url, { method: "POST" });
      return [response.status, await response.json()];
    };
    expect(await restore("it")).toEqual([200, { restored: 1 }]);
    await lines.until("platform.restoreReport");
    expect(await restore("it")).toEqual([200, { restored: 0 }]);
    expect(await restore("nobody")).toMatchObject([
      404,
      { Message: expect.stringContaining("Function not found") as string },
    ]);
  });

  test("is none without snapStart", async () => {
    const lines = new Lines();
    await using emulator = await start(lines, { snapStart: false, warm: 1 });
    expect(emulator.restore("it")).toBe(0);
    expect((await emulator.invoke("it")).payload).toMatchObject({ seen: ["init"], type: "provisioned-concurrency" });
  });

  test("is told in platform events", async () => {
    const lines = new Lines();
    await using emulator = await start(lines, json);
    await emulator.invoke("it");
    const events = lines.all.flatMap((line) => {
      const { type, record } = JSON.parse(line) as { readonly type?: string; readonly record?: object };
      return type?.startsWith("platform.") === true ? [{ type, ...record }] : [];
    });
    expect(events).toMatchObject([
      { type: "platform.initStart", initializationType: "snap-start", phase: "snap-start" },
      { type: "platform.initRuntimeDone", status: "success" },
      { type: "platform.initReport", status: "success" },
      { type: "platform.restoreStart", functionName: "it" },
      { type: "platform.restoreRuntimeDone", status: "success" },
      { type: "platform.restoreReport", status: "success", metrics: { durationMs: expect.any(Number) as number } },
      { type: "platform.start" },
      { type: "platform.runtimeDone" },
      { type: "platform.report", metrics: { restoreDurationMs: expect.any(Number) as number } },
    ]);
  });
});

describe("a hook that fails", () => {
  test("before the snapshot fails the init", async () => {
    const lines = new Lines();
    await using emulator = await start(lines, { environment: { FAIL_AT: "before" } });
    const { functionError, payload } = await emulator.invoke("it");
    expect(functionError).toBe("Unhandled");
    expect(payload).toMatchObject({ errorType: "Runtime.BeforeSnapshotError", errorMessage: "TypeError: not before" });
    expect(lines.has("INIT_REPORT Init Duration:")).toBe(true);
    expect(lines.has("Phase: snap-start\tStatus: error\tError Type: Runtime.BeforeSnapshotError")).toBe(true);
  });

  test("after the restore fails the invocation, and the next one starts over", async () => {
    const lines = new Lines();
    await using emulator = await start(lines, { environment: { FAIL_AT: "after" } });
    for (const attempt of [1, 2]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the subject
      const { functionError, payload } = await emulator.invoke("it", { attempt });
      expect(functionError).toBe("Unhandled");
      expect(payload).toMatchObject({ errorType: "Runtime.AfterRestoreError", errorMessage: "TypeError: not after" });
    }
    expect(lines.has("Status: error\tError Type: Runtime.AfterRestoreError")).toBe(true);
  });

  test("after the restore may take 10 s", async () => {
    const [lines, clock] = [new Lines(), new ManualClock()];
    await using emulator = await start(lines, { environment: { FAIL_AT: "hang after" } }, { clock });
    await lines.until("before");
    const invoked = emulator.invoke("it");
    await lines.until("after");
    clock.advance(10_000);
    expect((await invoked).payload).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(/Task timed out after 10\.00 seconds$/) as string,
    });
    await lines.until("RESTORE_REPORT");
    expect(lines.has("RESTORE_REPORT Restore Duration: 10000.00 ms\tStatus: timeout")).toBe(true);
  });

  test("after the restore that ends the process is reported as that", async () => {
    const lines = new Lines();
    await using emulator = await start(lines, { environment: { FAIL_AT: "exit after" } });
    const { payload } = await emulator.invoke("it");
    expect(payload).toMatchObject({ errorType: "Runtime.ExitError" });
    expect(lines.all.find((line) => line.startsWith("RESTORE_REPORT"))).toMatch(
      /^RESTORE_REPORT Restore Duration: \d+\.\d\d ms\tStatus: error\tError Type: Runtime\.ExitError$/,
    );
  });
});

test("AWS's client for Rust takes part", async ({ skip }) => {
  const { whyNot, source: bootstrap } = runtimePeers.lambda_runtime;
  skipWithReason(skip, whyNot());
  const lines = new Lines();
  await using emulator = await start(lines, { source: bootstrap, ...json });
  await lines.until("platform.initReport");
  expect(emulator.restore("it")).toBe(1);
  await lines.until("platform.restoreReport");
  expect((await emulator.invoke("it", { do: "succeed" })).payload).toMatchObject({ do: "succeed" });
});

test.for([
  [{ warm: 1 }, "Lambda has no provisioned concurrency with SnapStart"],
  [{ tenantIsolation: true }, "Lambda has no SnapStart with tenant isolation"],
  [{ inspect: 0 }, "a debugger holds no snapshot"],
] as const)("%j is refused with it", async ([options, message]) => {
  await expect(start(new Lines(), options)).rejects.toMatchObject({
    code: "BAD_OPTIONS",
    message: expect.stringContaining(message) as string,
  });
});
