/** What the runtime does where `process.getBuiltinModule` has nothing to give, or something that Node.js has not. */
import { afterEach, expect, test, vi } from "vitest";
import type { RuntimeEnvironment } from "../../runtime/environment.ts";
import { endOfScript, startScriptedRuntimeApi } from "../support/scripted-runtime-api.ts";

async function importWithoutModules<Module>(path: string): Promise<Module> {
  vi.resetModules();
  vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
  return (await import(path)) as Module;
}

afterEach(() => {
  vi.restoreAllMocks();
});

test("values are joined, errors by their stack", async () => {
  const { formatTextLine } =
    await importWithoutModules<typeof import("../../runtime/log-format.ts")>("../../runtime/log-format.ts");
  const origin = { timestamp: "now", requestId: "1", tenantId: undefined, level: "INFO" } as const;
  const error = Object.assign(new Error("no"), { stack: "Error: no\n    at there" });
  const bare = Object.assign(new Error("bare"), { stack: undefined });
  expect(formatTextLine(origin, "%s", [{ a: 1 }, 2, error, bare])).toBe(
    'now\t1\tINFO\t%s {"a":1} 2 Error: no\n    at there {}',
  );
});

test("lines go to the console as it was", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue();
  const { StandardOutput } = await importWithoutModules<typeof import("../../runtime/standard-output.ts")>(
    "../../runtime/standard-output.ts",
  );
  const output = new StandardOutput({});
  output.write("a line\n");
  expect(output.written()).toBeUndefined();
  expect(log.mock.calls).toEqual([["a line"]]);
});

test("streams that never wait are not waited for", async () => {
  const { StandardOutput } = await import("../../runtime/standard-output.ts");
  const written: string[] = [];
  const output = new StandardOutput({ stdout: { write: (text) => written.push(text) } });
  output.write("a line\n");
  expect(output.written()).toBeUndefined();
  expect(written).toEqual(["a line\n"]);
});

test("several events at once are refused by name", async () => {
  const { ConcurrentInvokeStore } = await importWithoutModules<typeof import("../../runtime/invoke-store.ts")>(
    "../../runtime/invoke-store.ts",
  );
  expect(() => new ConcurrentInvokeStore()).toThrow(
    expect.objectContaining({
      code: "CONCURRENCY_NOT_SUPPORTED",
      message: expect.stringContaining("--engine bun") as string,
    }),
  );
});

test("and Lambda is told that they are", async () => {
  await using api = await startScriptedRuntimeApi([endOfScript]);
  const { defaultRuntime } = await importWithoutModules<typeof import("../../runtime/run.ts")>("../../runtime/run.ts");
  const environment = {
    runtimeApi: api.authority,
    maxConcurrency: 2,
    workerCount: 1,
    variables: {},
    setTraceId: () => {},
  } as unknown as RuntimeEnvironment;
  const running = defaultRuntime(async () => () => 1, { environment, console: "unchanged" }).run();
  await expect(running).rejects.toMatchObject({ code: "CONCURRENCY_NOT_SUPPORTED" });
  expect(api.requests.map(({ route }) => route)).toEqual(["POST /2018-06-01/runtime/init/error"]);
});

test("a reader of the engine's own takes the responses that it finds whole", async () => {
  vi.resetModules();
  const readResponse = (bytes: Uint8Array, start: number, end: number): unknown =>
    end < start + 4
      ? undefined
      : { status: 200, headers: { one: "1" }, body: bytes.subarray(start, start + 4), end: start + 4 };
  vi.spyOn(process, "getBuiltinModule").mockReturnValue({ readResponse });
  const { HttpResponseReader } = await import("../../runtime/http-response-reader.ts");
  const reader = new HttpResponseReader();
  expect(reader.push(Buffer.from("one"))).toBeUndefined();
  expect(reader.push(Buffer.from("+two+th"))).toMatchObject({ status: 200, body: Buffer.from("one+") });
  expect(reader.push()).toMatchObject({ status: 200, body: Buffer.from("two+") });
  expect(reader.push()).toBeUndefined();
  expect(reader.hasStarted).toBe(true);
  expect(reader.push(Buffer.from("r+"))).toMatchObject({ status: 200, body: Buffer.from("thr+") });
  expect(reader.hasStarted).toBe(false);
});
