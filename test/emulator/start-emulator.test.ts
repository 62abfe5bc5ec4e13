import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { chmod, copyFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { writeZip } from "../../archive/index.ts";
import { startEmulator, type Emulator, type EmulatorOptions, type LogEvent } from "../../emulator/index.ts";
import { gone } from "../support/gone.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { test } from "../support/temporary-folder.ts";

const fixture = (name: string): string => new URL(`../fixtures/functions/${name}`, import.meta.url).pathname;
const hello = new URL("../../examples/hello/handler.ts", import.meta.url).pathname;

describe("a function", () => {
  let emulator: Emulator;
  const log: LogEvent[] = [];

  beforeAll(async () => {
    emulator = await startEmulator({
      functions: {
        hello: { source: hello },
        misbehave: { source: fixture("misbehave.ts"), timeoutMs: 700, environment: { TABLE: "orders" } },
        initError: { source: fixture("init-error.ts") },
        initExit: { source: fixture("init-exit.ts") },
        commonJs: { source: fixture("common-js.cjs") },
        initialize: { source: new URL("../../examples/initialize/handler.ts", import.meta.url).pathname },
      },
      onLog: (event) => log.push(event),
    });
  });
  afterAll(() => emulator.close());

  test("answers", async () => {
    const { payload, functionError, logResult, requestId } = await emulator.invoke("hello", { name: "Ada" });
    expect(payload).toEqual({ message: "Hello, Ada!" });
    expect(functionError).toBeUndefined();
    expect(logResult).toMatch(
      new RegExp(
        `^START RequestId: ${requestId} Version: \\$LATEST\nEND RequestId: ${requestId}\nREPORT RequestId: ${requestId}\t`,
      ),
    );
  });

  test("reports the real peak memory of its process", async () => {
    const { logResult } = await emulator.invoke("hello");
    const peak = Number(/Max Memory Used: (\d+) MB/.exec(logResult)?.[1]);
    // Node.js itself needs a few tens of MiB; anything else would be made up.
    expect(peak).toBeGreaterThan(20);
    expect(peak).toBeLessThan(300);
  });

  test("keeps what its initialiser made", async () => {
    const first = await emulator.invoke("initialize", { name: "Ada" });
    const second = await emulator.invoke("initialize", { name: "Bob" });
    expect(first.payload).toMatchObject({ greeting: "Hello, Ada!", count: 1 });
    expect(second.payload).toMatchObject({
      greeting: "Hello, Bob!",
      count: 2,
      environmentId: (first.payload as { environmentId: string }).environmentId,
    });
  });

  test("of a CommonJS module answers", async () => {
    expect((await emulator.invoke("commonJs", 1)).payload).toMatchObject({ event: 1 });
  });

  test.each(["flood", "flood-and-exit"])("has every line in its log, between START and END (%s)", async (how) => {
    const from = log.length;
    const { requestId } = await emulator.invoke("misbehave", { how, size: 5000 });
    const lines = log.slice(from).map(({ line }) => line);
    expect(lines[0]).toBe(`START RequestId: ${requestId} Version: $LATEST`);
    expect(lines.filter((line) => /\tline \d+$/.test(line))).toHaveLength(5000);
    expect(lines.slice(-2)).toEqual([
      `END RequestId: ${requestId}`,
      expect.stringMatching(/^REPORT .*Max Memory Used: \d+ MB/) as string,
    ]);
  });

  test("that leaves a daemon behind is over all the same, and so is the daemon", async () => {
    const { payload, logResult } = await emulator.invoke("misbehave", { how: "daemon" });
    expect(payload).toMatchObject({ errorType: "Runtime.ExitError" });
    const pid = Number(/daemon (\d+)/.exec(logResult)?.[1]);
    await gone(pid);
  });

  test("that throws gives type, message and a stack of the source", async () => {
    const { payload, functionError } = await emulator.invoke("misbehave", { how: "throw" });
    expect(functionError).toBe("Unhandled");
    expect(payload).toMatchObject({ errorType: "TypeError", errorMessage: "bad order" });
    const { stackTrace } = payload as { stackTrace: string[] };
    expect(stackTrace[1]).toContain(`${fixture("misbehave.ts")}:13:`);
  });

  test("that throws something else gives its type", async () => {
    const { payload } = await emulator.invoke("misbehave", { how: "throw-text" });
    expect(payload).toEqual({ errorType: "string", errorMessage: "oops", stackTrace: [] });
  });

  test.each([
    ["exit", "Runtime exited with error: exit status 3"],
    ["exit-0", "Runtime exited without providing a reason"],
    ["signal", "Runtime exited with error: signal: segmentation fault"],
  ])("that ends by %s is answered for by the platform, and starts anew", async (how, message) => {
    const { payload, requestId } = await emulator.invoke("misbehave", { how });
    expect(payload).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: `RequestId: ${requestId} Error: ${message}`,
    });
    expect((await emulator.invoke("misbehave", { how: "again" })).payload).toBe("again");
  });

  test("that hangs is timed out, with its output in the log", async () => {
    const { payload, requestId, logResult } = await emulator.invoke("misbehave", { how: "hang" });
    expect(payload).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 0.70 seconds`,
    });
    expect(logResult).toMatch(
      /START .*\n\S+\t[-0-9a-f]+\tINFO\thanging in process \d+\nEND .*\nREPORT .*Status: timeout\t\n$/,
    );
  });

  test("has its output cut into lines, each with the request id", async () => {
    const { requestId } = await emulator.invoke("misbehave", { how: "print" });
    const lines = log.filter((event) => event.requestId === requestId && event.source === "function");
    expect(lines.map(({ line }) => line)).toEqual(["first", "second", "no line break"]);
  });

  test("that answers too much is told so, and goes on", async () => {
    const { payload } = await emulator.invoke("misbehave", { how: "large", size: 6_291_556 });
    expect(payload).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
    expect((await emulator.invoke("misbehave", { how: "large", size: 6_291_554 })).payloadText).toHaveLength(6_291_556);
  });

  test("sees Lambda's variables and nothing of the caller's", async () => {
    const { payload } = await emulator.invoke("misbehave", { how: "environment" });
    expect(payload).toMatchObject({
      TABLE: "orders",
      AWS_REGION: "us-east-1",
      AWS_LAMBDA_FUNCTION_NAME: "misbehave",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/misbehave",
      AWS_ACCESS_KEY_ID: "EMULATED",
      _X_AMZN_TRACE_ID: expect.stringMatching(
        /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
      ) as string,
    });
    expect(payload).not.toHaveProperty("HOME");
    expect(payload).not.toHaveProperty("VITEST");
  });

  test("that cannot be loaded answers with its init error", async () => {
    const { payload, functionError } = await emulator.invoke("initError");
    expect(functionError).toBe("Unhandled");
    expect(payload).toMatchObject({ errorType: "RangeError", errorMessage: "no table" });
    const printed = log.filter(({ functionName, source }) => functionName === "initError" && source === "function");
    // Once for each init, and nothing of what Node.js says about errors that nobody catches.
    const line = expect.stringMatching(/\tERROR\tInit Error \t\{"errorType":"RangeError"/) as string;
    expect(printed.map((event) => event.line)).toEqual([line, line]);
  });

  test("that exits while loading is tried again, then answered for", async () => {
    const { payload, logResult } = await emulator.invoke("initExit");
    expect(payload).toMatchObject({ errorType: "Runtime.ExitError" });
    expect(logResult).toContain("INIT_REPORT Init Duration");
    expect(logResult.match(/\tERROR\tleaving$/gm)).toHaveLength(2);
  });
});

describe("sources", () => {
  const start = (functions: EmulatorOptions["functions"]): Promise<Emulator> => startEmulator({ functions });

  test("an executable of any kind is a bootstrap", async ({ folder }) => {
    const path = join(folder, "bootstrap");
    await copyFile(fixture("bootstrap.sh"), path);
    await chmod(path, 0o755);
    await using byFile = await start({ shell: { source: path } });
    expect((await byFile.invoke("shell", { a: 1 })).payload).toEqual({ shell: { a: 1 } });
    await using byFolder = await start({ shell: { source: folder } });
    expect((await byFolder.invoke("shell", 2)).payload).toEqual({ shell: 2 });
  });

  test("a folder without a bootstrap is its handler module, and a function alone is also named function", async () => {
    await using emulator = await start({
      hello: { source: new URL("../../examples/hello", import.meta.url).pathname },
    });
    expect((await emulator.invoke("hello", { name: "Ada" })).payload).toEqual({ message: "Hello, Ada!" });
    // The path of tests that were written for AWS's own emulator.
    const url = `${emulator.url}/2015-03-31/functions/function/invocations`;
    const response = await fetch(url, { method: "POST", body: '{"name":"Bob"}' });
    expect(await response.json()).toEqual({ message: "Hello, Bob!" });
  });

  test.each([
    ["nothing there", "nothing.ts", undefined, "SOURCE_NOT_FOUND"],
    ["a file that is not executable", "notes.txt", "text", "SOURCE_NOT_USABLE"],
    ["a zip that is none", "function.zip", "this is text", "BAD_ARCHIVE"],
    ["a syntax error", "broken.ts", "export const handler = () => {\n  return {;\n};", "BUNDLE_FAILED"],
    ["no handler", "other.ts", "export const handel = 1;", "HANDLER_NOT_EXPORTED"],
  ])("%s is refused", async (_name, fileName, content, code) => {
    const { mkdtemp, rm } = await import("node:fs/promises");
    const folder = await mkdtemp(join(tmpdir(), "runtime-aws-lambda-test-"));
    try {
      if (content !== undefined) await writeFile(join(folder, fileName), content);
      await expect(start({ it: { source: join(folder, fileName) } })).rejects.toMatchObject({ code });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    ["neither ELF nor script", "echo hello", 0o755, "is neither an ELF executable nor a script that begins with #!"],
    ["a script with CR LF", "#!/bin/sh\r\necho hello\r\n", 0o755, "ends with CR LF, so its interpreter is not found"],
    [
      "an interpreter that is not there",
      "#!/no/such/shell -e\n",
      0o755,
      "asks for /no/such/shell, which is not on this",
    ],
    ["a first line without an interpreter", "#!\n", 0o755, "asks for no interpreter"],
    ["a file without its x bit", "#!/bin/sh\n", 0o644, "is neither a handler module nor an executable file"],
  ])("%s is SOURCE_NOT_USABLE", async (_name, content, mode, message) => {
    const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-test-"));
    try {
      const source = join(folder, "program");
      writeFileSync(source, content, { mode });
      await expect(startEmulator({ functions: { it: { source } } })).rejects.toMatchObject({
        code: "SOURCE_NOT_USABLE",
        message: expect.stringContaining(message) as string,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each<["x86_64" | "arm64", number]>([
    ["arm64", 0x3e],
    ["x86_64", 0xb7],
  ])("a bootstrap that is not for %s is not started there", async (architecture, machine) => {
    const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-test-"));
    try {
      const source = join(folder, "bootstrap");
      const header = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...Buffer.alloc(9), 2, 0, machine, 0]);
      writeFileSync(source, header, { mode: 0o755 });
      const built = architecture === "arm64" ? "x86_64" : "arm64";
      const functions = { it: { source, platform: `al2023-${architecture}` as const } };
      await expect(startEmulator({ functions })).rejects.toMatchObject({
        code: "SOURCE_NOT_USABLE",
        message: `${source} is built for ${built}, not for al2023-${architecture}`,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("an archive that lost the x bit is named, with what Lambda would do", async ({ folder }) => {
    const source = join(folder, "function.zip");
    await writeZip(source, [{ path: "bootstrap", content: Buffer.from("#!/bin/sh\n"), mode: 0o644 }]);
    await expect(startEmulator({ functions: { it: { source } } })).rejects.toMatchObject({
      code: "SOURCE_NOT_USABLE",
      message: `The bootstrap of ${source} is not executable`,
      hint: expect.stringContaining("The archive does not carry its x bit") as string,
    });
  });

  test("a folder named bootstrap is no bootstrap", async ({ folder }) => {
    mkdirSync(join(folder, "bootstrap"));
    const source = join(folder, "function.zip");
    await writeZip(source, [{ path: "bootstrap/main", content: Buffer.from("#!/bin/sh\n"), mode: 0o755 }]);
    for (const each of [folder, source]) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(startEmulator({ functions: { it: { source: each } } })).rejects.toMatchObject({
        code: "SOURCE_NOT_USABLE",
        message: expect.stringContaining("holds no file named bootstrap") as string,
      });
    }
  });

  test("a hint names the file, so that it can be pasted", async ({ folder }) => {
    const source = join(folder, "it's a handler.ts");
    writeFileSync(source, "export const handler = () => 1;");
    await expect(startEmulator({ functions: { it: { source, platform: "al2-arm64" } } })).rejects.toMatchObject({
      hint: expect.stringContaining(`npx build '${folder}/it'\\''s a handler.ts' --platform al2-arm64`) as string,
    });
  });

  test("a syntax error names file, line and column", async ({ folder }) => {
    const source = join(folder, "broken.ts");
    await writeFile(source, "export const handler = () => {\n  return {;\n};");
    await expect(start({ it: { source } })).rejects.toThrow(`${source}:2:11: `);
  });
});

describe("options", () => {
  test.each([
    [{ functions: {} }, "At least one"],
    [{ functions: { "a b": { source: hello } } }, "function name"],
    [{ functions: { it: { source: hello, timeoutMs: 0 } } }, "timeoutMs"],
    [{ functions: { it: { source: hello, memoryMib: 64 } } }, "memoryMib"],
    [{ functions: { it: { source: hello, environment: { AWS_REGION: "x" } } } }, "reserves AWS_REGION"],
    [{ functions: { it: { source: hello, environment: { "1": "x" } } } }, 'variable named "1"'],
    [{ functions: { it: { source: hello, platform: "al2-arm64" as const } } }, "is source"],
    [{ functions: { it: { source: hello, timeout: 3 } } }, 'Function it has no option "timeout"'],
    [{ functions: { it: { source: hello, timeoutMs: "3" } } }, "timeoutMs must be a number of milliseconds"],
    [{ functions: { it: { source: hello, handler: 1 } } }, "handler must be a string"],
    [{ functions: { it: {} } }, "Function it: source is missing"],
    [{ functions: { it: hello } }, "Function it must be an object with a source"],
    [{}, "functions is missing"],
    [{ functions: { it: { source: hello } }, prot: 1 }, 'startEmulator has no option "prot"'],
    [{ functions: { it: { source: hello } }, region: "mars" }, "region must be a region such as us-east-1"],
    [{ functions: { it: { source: hello } }, accountId: "12" }, "accountId must be twelve digits"],
  ])("%j are refused", async (options, message) => {
    await expect(startEmulator(options as EmulatorOptions)).rejects.toMatchObject({
      code: "BAD_OPTIONS",
      message: expect.stringContaining(message) as string,
    });
  });

  test("a port in use is ADDRESS_IN_USE", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen({ host: "127.0.0.1", port: 0 }, resolve);
    });
    const { port } = server.address() as AddressInfo;
    await expect(startEmulator({ functions: { it: { source: hello } }, port })).rejects.toMatchObject({
      code: "ADDRESS_IN_USE",
    });
    await new Promise((resolve) => server.close(resolve));
  });

  test("an aborted signal starts nothing", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(startEmulator({ functions: { it: { source: hello } }, signal })).rejects.toThrow("enough");
  });
});

test.each([
  ["big integers and spaces", '{ "id": 12345678901234567890 }'],
  ["null", "null"],
])("bytes are sent as they are: %s", async (_name, json) => {
  await using emulator = await startEmulator({ functions: { it: { source: fixture("bootstrap.sh") } } });
  const { payloadText } = await emulator.invoke("it", Buffer.from(json));
  expect(payloadText).toBe(`{"shell":${json}}`);
});

test("only an event that is missing becomes {}", async () => {
  await using emulator = await startEmulator({ functions: { it: { source: fixture("bootstrap.sh") } } });
  expect((await emulator.invoke("it", null)).payload).toEqual({ shell: null });
  expect((await emulator.invoke("it")).payload).toEqual({ shell: {} });
});

test("what a killed emulator has left is removed by the next one, and nothing else", async ({ folder }) => {
  vi.stubEnv("TMPDIR", relative("", folder));
  const ended = spawnSync("true").pid;
  mkdirSync(join(folder, `runtime-aws-lambda-emulator-${ended}-abc`, "it"), { recursive: true });
  for (const name of [`runtime-aws-lambda-emulator-${process.pid}-abc`, "runtime-aws-lambda-emulator-", "other-1-x"]) {
    mkdirSync(join(folder, name));
  }
  try {
    await using emulator = await startEmulator({ functions: { it: { source: hello } } });
    expect((await emulator.invoke("it", { name: "Ada" })).payload).toEqual({ message: "Hello, Ada!" });
    expect(readdirSync(folder).toSorted()).toEqual([
      "other-1-x",
      "runtime-aws-lambda-emulator-",
      expect.stringMatching(new RegExp(`^runtime-aws-lambda-emulator-${process.pid}-`)) as string,
      expect.stringMatching(new RegExp(`^runtime-aws-lambda-emulator-${process.pid}-`)) as string,
    ]);
  } finally {
    vi.unstubAllEnvs();
  }
});

test("a function whose temporary folder cannot be made is answered for", async ({ folder }) => {
  vi.stubEnv("TMPDIR", folder);
  try {
    await using emulator = await startEmulator({ functions: { it: { source: fixture("bootstrap.sh") } } });
    rmSync(join(folder, readdirSync(folder)[0] ?? ""), { recursive: true });
    const { payload } = await emulator.invoke("it");
    expect(payload).toMatchObject({
      errorType: "Runtime.InvalidEntrypoint",
      errorMessage: expect.stringContaining("ENOENT") as string,
    });
  } finally {
    vi.unstubAllEnvs();
  }
});

test("timeouts come by the clock that is given", async () => {
  const clock = new ManualClock();
  const hanging = Promise.withResolvers<void>();
  await using emulator = await startEmulator({
    functions: { it: { source: fixture("misbehave.ts"), timeoutMs: 900_000 } },
    clock,
    onLog: ({ line }) => void (line.includes("hanging in process") && hanging.resolve()),
  });
  const answered = emulator.invoke("it", { how: "hang" });
  await hanging.promise;
  clock.advance(899_999);
  expect((await emulator.invoke("it", { how: "well" })).payload).toBe("well");
  clock.advance(1);
  const { payload, logResult } = await answered;
  expect(payload).toMatchObject({ errorMessage: expect.stringContaining("timed out after 900.00 seconds") as string });
  expect(logResult).toMatch(/^REPORT .*\tDuration: 900000\.00 ms\tBilled Duration: 900000 ms\t/m);
});

describe("close", () => {
  test("refuses what comes afterwards, and what was under way", async () => {
    const emulator = await startEmulator({ functions: { it: { source: fixture("misbehave.ts") } } });
    const underWay = emulator.invoke("it", { how: "hang" });
    const refused = expect(underWay).rejects.toMatchObject({ name: "EmulatorError", code: "CLOSED" });
    await emulator.close();
    await refused;
    await expect(emulator.invoke("it")).rejects.toMatchObject({ name: "EmulatorError", code: "CLOSED" });
  });

  test("ends processes, frees the port and removes the temporary folder", async () => {
    const before = new Set(readdirSync(tmpdir()));
    const emulator = await startEmulator({ functions: { it: { source: fixture("misbehave.ts") } } });
    const own = readdirSync(tmpdir()).filter((name) => name.startsWith("runtime-aws-lambda-") && !before.has(name));
    const { payload } = await emulator.invoke("it", { how: "environment" });
    const pending = emulator.invoke("it", { how: "hang" });
    const rejected = expect(pending).rejects.toThrow("closed");
    await emulator.close();
    await rejected;
    expect(own.some((name) => existsSync(join(tmpdir(), name, "it")))).toBe(false);
    await expect(fetch(emulator.url)).rejects.toThrow("fetch failed");
    const { AWS_LAMBDA_RUNTIME_API: runtimeApi } = payload as { AWS_LAMBDA_RUNTIME_API: string };
    await expect(fetch(`http://${runtimeApi}/`)).rejects.toThrow("fetch failed");
  });
});
