/** Which environments there are, for whom, and for how long. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect } from "vitest";
import { EnvironmentPool } from "../../emulator/environment-pool.ts";
import { configureFunction } from "../../emulator/function-configuration.ts";
import { startEmulator, type Emulator, type FunctionOptions } from "../../emulator/index.ts";
import type { ExitStatus, Launcher } from "../../emulator/launchers/launcher.ts";
import type { RuntimeApiServer } from "../../emulator/runtime-api/runtime-api-server.ts";
import { isAlive } from "../../process/index.ts";
import { aProcess, aSandbox } from "../support/a-sandbox.ts";
import { anInvocation } from "../support/an-invocation.ts";
import { gone } from "../support/gone.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { test } from "../support/temporary-folder.ts";

const environment = new URL("../fixtures/functions/environment.ts", import.meta.url).pathname;

interface Facts {
  readonly pid: number;
  readonly tenantId?: string;
  readonly variables: Readonly<Record<string, string>>;
}

const start = (options: Omit<FunctionOptions, "source">, clock?: ManualClock): Promise<Emulator> =>
  startEmulator({ functions: { it: { source: environment, ...options } }, ...(clock === undefined ? {} : { clock }) });

async function ask(emulator: Emulator, options?: { readonly tenantId?: string }, event?: unknown): Promise<Facts> {
  return (await emulator.invoke("it", event, options)).payload as Facts;
}

describe("provisioned concurrency", () => {
  test("starts environments before anybody asks, and replaces one that has ended", async () => {
    await using emulator = await start({ warm: 1, concurrency: 1 });
    const first = await ask(emulator);
    expect(first.variables).toMatchObject({ AWS_LAMBDA_INITIALIZATION_TYPE: "provisioned-concurrency" });
    await emulator.invoke("it", { exit: true });
    await gone(first.pid);
    const second = await ask(emulator);
    expect(second.pid).not.toBe(first.pid);
    expect(second.variables).toMatchObject({ AWS_LAMBDA_INITIALIZATION_TYPE: "provisioned-concurrency" });
  });

  test("goes on with environments on demand", async () => {
    await using emulator = await start({ warm: 1 });
    const both = await Promise.all([ask(emulator), ask(emulator)]);
    const types = both.map(({ variables }) => variables["AWS_LAMBDA_INITIALIZATION_TYPE"]);
    expect(new Set(types)).toEqual(new Set(["on-demand", "provisioned-concurrency"]));
  });
});

describe("an environment that has nothing to do", () => {
  test("is ended after the idle timeout, not before", async () => {
    const clock = new ManualClock();
    await using emulator = await start({ idleTimeoutMs: 5000 }, clock);
    const first = await ask(emulator);
    clock.advance(4999);
    expect((await ask(emulator)).pid).toBe(first.pid);
    clock.advance(4999);
    expect(isAlive(first.pid)).toBe(true);
    clock.advance(1);
    await gone(first.pid);
    expect((await ask(emulator)).pid).not.toBe(first.pid);
  });

  test("stays when it is provisioned", async () => {
    const clock = new ManualClock();
    await using emulator = await start({ idleTimeoutMs: 5000, warm: 1 }, clock);
    const { pid } = await ask(emulator);
    clock.advance(60_000);
    expect((await ask(emulator)).pid).toBe(pid);
  });
});

describe("tenants", () => {
  test("never share an environment, also at the limit", async () => {
    await using emulator = await start({ tenantIsolation: true, concurrency: 1 });
    const blue = await ask(emulator, { tenantId: "blue" });
    expect(blue.tenantId).toBe("blue");
    expect((await ask(emulator, { tenantId: "blue" })).pid).toBe(blue.pid);
    const green = await ask(emulator, { tenantId: "green" });
    expect(green).toMatchObject({ tenantId: "green" });
    expect(green.pid).not.toBe(blue.pid);
    await gone(blue.pid);
  });

  test("have to be named, as the SDK does it", async () => {
    await using emulator = await start({ tenantIsolation: true });
    await expect(emulator.invoke("it")).rejects.toMatchObject({ code: "InvalidParameterValueException" });
    await expect(emulator.invoke("it", {}, { tenantId: "a#b" })).rejects.toMatchObject({
      code: "InvalidParameterValueException",
    });
    const credentials = { accessKeyId: "any", secretAccessKey: "any" };
    const client = new LambdaClient({ endpoint: emulator.url, region: "us-east-1", credentials });
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: "it", TenantId: "blue" }));
    client.destroy();
    expect(JSON.parse(Payload?.transformToString() ?? "")).toMatchObject({ tenantId: "blue" });
  });
});

describe("files", () => {
  test("every environment has a temporary folder of its own", async () => {
    await using emulator = await start({});
    const both = await Promise.all([ask(emulator, {}, { write: "x" }), ask(emulator, {}, { write: "y" })]);
    const [first, second] = both.map(({ variables }) => variables["TMPDIR"]);
    expect(first).not.toBe(second);
  });

  test("what is in it outlives a reset, but neither its tenant nor an environment that was idle for too long", async () => {
    const clock = new ManualClock();
    await using emulator = await start({ tenantIsolation: true, idleTimeoutMs: 5000 }, clock);
    const folderOf = async (tenantId: string): Promise<string | undefined> =>
      (await ask(emulator, { tenantId })).variables["TMPDIR"];
    const first = await folderOf("blue");
    await emulator.invoke("it", { write: "x" }, { tenantId: "blue" });
    await emulator.invoke("it", { exit: true }, { tenantId: "blue" });
    expect(await folderOf("green")).not.toBe(first);
    // The file is there already.
    const { payload } = await emulator.invoke("it", { write: "x" }, { tenantId: "blue" });
    expect(payload).toMatchObject({ errorMessage: expect.stringContaining("EEXIST") as string });
    expect(await folderOf("blue")).toBe(first);
    clock.advance(5000);
    expect(await folderOf("blue")).not.toBe(first);
  });

  test("layers make up one folder, later ones over earlier ones", async ({ folder }) => {
    for (const [layer, files] of Object.entries({ one: { a: "1", b: "1" }, two: { b: "2", c: "2" } })) {
      mkdirSync(join(folder, layer, "bin"), { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, layer, "bin", name), text);
    }
    await using emulator = await start({ layers: [join(folder, "one"), join(folder, "two")] });
    const { payload } = await emulator.invoke("it", { readFromPath: ["a", "b", "c"] });
    expect(payload).toEqual(["1", "2", "2"]);
    await expect(start({ layers: [join(folder, "three")] })).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND" });
  });
});

test.each([
  [{ warm: 2, concurrency: 1 }, "warm must be a whole number from 0 to 1"],
  [{ warm: 1, tenantIsolation: true }, "no provisioned concurrency with tenant isolation"],
  [{ idleTimeoutMs: 0 }, "idleTimeoutMs must be"],
  [{ environment: { BIG: "x".repeat(4096) } }, "and Lambda accepts 4096"],
])("%j is refused", async (options, message) => {
  await expect(start(options)).rejects.toMatchObject({ message: expect.stringContaining(message) as string });
});

describe("the port of an environment", () => {
  const configuration = configureFunction("it", { source: "" }, { region: "us-east-1", accountId: "0".repeat(12) });
  const invocation = anInvocation("one");

  test("stays its own until its processes are gone, since they are recognised by it", async () => {
    const clock = new ManualClock();
    const exit = Promise.withResolvers<ExitStatus>();
    let openPorts = 0;
    const launched = Promise.withResolvers<void>();
    const launcher: Launcher = {
      listenHost: "127.0.0.1",
      reachableHost: "127.0.0.1",
      taskRoot: "/",
      layersFolder: "/opt",
      openSandbox: () =>
        aSandbox(() => {
          launched.resolve();
          return aProcess(exit.promise);
        }),
    };
    const runtimeApi: RuntimeApiServer = {
      listen: async (opened) => {
        openPorts++;
        void launched.promise.then(() => opened.session.next({ onEvent: () => {}, onLost: () => {} }));
        const close = async (): Promise<void> => {
          await new Promise((resolve) => setImmediate(resolve));
          openPorts--;
        };
        return { port: 1, close };
      },
    };
    const pool = new EnvironmentPool({ configuration, launcher, runtimeApi, clock, onLog: undefined });
    const inProgress = pool.acquire(undefined)?.assign(invocation);
    await launched.promise;
    clock.advance(configuration.timeoutMs);
    await expect(inProgress?.answered).resolves.toMatchObject({ isFunctionError: true });
    expect(openPorts).toBe(1);
    const closed = pool.close();
    expect(openPorts).toBe(1);
    exit.resolve({ kind: "killed", signal: "SIGKILL", outOfMemory: false });
    await closed;
    expect(openPorts).toBe(0);
  });
});
