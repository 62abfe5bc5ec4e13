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

test("an engine that reads answers itself sends the requests, and tells of those that it has read", async () => {
  vi.resetModules();
  const written: unknown[][] = [];
  let tell: (accepted: number, last: unknown) => void = () => {};
  const readAnswers = (_socket: unknown, onAnswers: typeof tell) => {
    tell = onAnswers;
    return (...request: unknown[]) => void written.push(request);
  };
  vi.spyOn(process, "getBuiltinModule").mockReturnValue({ readAnswers });
  const { createSocketTransport } = await import("../../runtime/socket-transport.ts");
  await using api = await startScriptedRuntimeApi([endOfScript]);
  const transport = createSocketTransport(api.authority);
  const answer = (status: number) => ({ status, headers: {}, body: Buffer.from("a body") });

  const first = transport.get("/next");
  tell(0, answer(200));
  expect(await first).toEqual(answer(200));
  const posted: number[] = [];
  const second = transport.postThenGet?.(
    { path: "/answer", headers: { A: "b" }, body: "text" },
    "/next",
    ({ status }) => posted.push(status),
    ({ status }) => status,
  );
  tell(1, undefined);
  expect(posted).toEqual([202]);
  tell(0, answer(201));
  expect(await second).toBe(201);
  // Nothing is on the way any more.
  tell(1, undefined);
  expect(posted).toEqual([202]);
  const head = (line: string) => `${line} HTTP/1.1\r\nHost: ${api.authority}\r\n`;
  expect(written).toEqual([
    [head("GET /next"), undefined, undefined],
    [`${head("POST /answer")}A: b\r\n`, "text", head("GET /next")],
  ]);
  transport.close();
});
