import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { createLogger, patchConsole, type Logger } from "../../runtime/console-log.ts";
import type { LogSettings, RuntimeEnvironment } from "../../runtime/environment.ts";
import { InvokeStore } from "../../runtime/invoke-store.ts";
import type { Invocation } from "../../runtime/runtime-api-client.ts";
import { test } from "../support/temporary-folder.ts";

const invocation = { requestId: "id-1", traceId: "trace", tenantId: undefined } as unknown as Invocation;

interface Entry {
  readonly type: number;
  readonly timeUs: bigint;
  readonly message: string;
}

/** What one callback logs, read back from the frames of `_LAMBDA_TELEMETRY_LOG_FD`. */
function logged(
  folder: string,
  settings: Partial<LogSettings>,
  write: (logger: Logger) => void,
  { tenantId, maxConcurrency }: { tenantId?: string; maxConcurrency?: number } = {},
): Entry[] {
  const file = join(folder, "log");
  const telemetryDescriptor = openSync(file, "w");
  const store = new InvokeStore();
  const environment = { maxConcurrency, log: { format: "Text", ...settings, telemetryDescriptor } };
  const logger = createLogger(environment as unknown as RuntimeEnvironment, store);
  store.runFor({ ...invocation, tenantId }, () => write(logger));
  closeSync(telemetryDescriptor);
  const bytes = readFileSync(file);
  const entries: Entry[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const end = offset + 16 + bytes.readInt32BE(offset + 4);
    entries.push({
      type: bytes.readUInt32BE(offset),
      timeUs: bytes.readBigInt64BE(offset + 8),
      message: bytes.toString("utf8", offset + 16, end),
    });
    offset = end;
  }
  return entries;
}

const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

describe("frames", () => {
  test("carry type, level, time in microseconds and the whole message", ({ folder }) => {
    const before = BigInt(Date.now()) * 1000n;
    const [entry] = logged(folder, {}, ({ log }) => log("INFO", "two\nlines %d", 7, { a: 1 }));
    expect(entry?.message).toMatch(new RegExp(`^${time}\tid-1\tINFO\ttwo\nlines 7 \\{ a: 1 \\}\n$`));
    expect(entry?.type.toString(16)).toBe("a55a000f");
    expect(entry?.timeUs).toBeGreaterThanOrEqual(before);
    expect(entry?.timeUs).toBeLessThanOrEqual(BigInt(Date.now()) * 1000n);
  });

  test("of JSON have their own type and no line break", ({ folder }) => {
    const [entry] = logged(folder, { format: "JSON" }, ({ log }) => log("ERROR", "x"));
    expect(entry?.type.toString(16)).toBe("a55a0016");
    expect(entry?.message.endsWith("}")).toBe(true);
  });
});

describe("JSON", () => {
  const json = (folder: string, ...params: [unknown, ...unknown[]]): unknown =>
    JSON.parse(logged(folder, { format: "JSON" }, ({ log }) => log("WARN", ...params))[0]?.message ?? "");

  test("keeps a single object as it is", ({ folder }) => {
    expect(json(folder, { order: 1 })).toEqual({
      timestamp: expect.stringMatching(new RegExp(`^${time}$`)) as string,
      level: "WARN",
      requestId: "id-1",
      message: { order: 1 },
    });
  });

  test("describes a single error, with its own members", ({ folder }) => {
    const error = Object.assign(new TypeError("bad"), { code: "E1" });
    expect(json(folder, error)).toMatchObject({
      message: {
        errorType: "TypeError",
        errorMessage: "bad",
        code: "E1",
        stackTrace: expect.arrayContaining(["TypeError: bad"]) as string[],
      },
    });
  });

  test("formats several values, and adds the error among them", ({ folder }) => {
    expect(json(folder, "failed: %s", "why", new RangeError("bad"))).toMatchObject({
      message: expect.stringContaining("failed: why RangeError: bad") as string,
      errorType: "RangeError",
      errorMessage: "bad",
      stackTrace: expect.arrayContaining(["RangeError: bad"]) as string[],
    });
  });

  test("has no error where none was logged", ({ folder }) => {
    expect(json(folder, "a", "b")).not.toHaveProperty("errorType");
  });

  test("survives what has no JSON, and errors without a stack", ({ folder }) => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    expect(json(folder, circular)).toMatchObject({ message: "<ref *1> { self: [Circular *1] }" });
    const bare = new Error("bare");
    delete bare.stack;
    Object.defineProperty(bare, "constructor", { value: undefined });
    expect(json(folder, bare)).toMatchObject({ message: { errorType: "UnknownError", errorMessage: "bare" } });
    expect(json(folder, "x", bare)).toMatchObject({ errorType: "UnknownError", stackTrace: [] });
  });

  test("names the tenant", ({ folder }) => {
    const [entry] = logged(folder, { format: "JSON" }, ({ log }) => log("INFO", "x"), { tenantId: "blue" });
    expect(JSON.parse(entry?.message ?? "")).toMatchObject({ tenantId: "blue" });
  });

  test("is the only format with concurrency", ({ folder }) => {
    const [entry] = logged(folder, {}, ({ log }) => log("INFO", "x"), { maxConcurrency: 2 });
    expect(JSON.parse(entry?.message ?? "")).toMatchObject({ message: "x" });
  });
});

test("entries below the level are left out", ({ folder }) => {
  const entries = logged(folder, { level: "WARN" }, ({ log }) => {
    for (const level of ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const) log(level, level);
  });
  expect(entries.map(({ message }) => message.split("\t")[2])).toEqual(["WARN", "ERROR", "FATAL"]);
});

test("console's methods have their levels, and become Node's own again", ({ folder }) => {
  const names = ["trace", "debug", "info", "log", "warn", "error", "fatal"] as const;
  const target = console as unknown as Record<string, (message: string) => void>;
  const originals = names.map((name) => target[name]);
  const entries = logged(folder, {}, (logger) => {
    const restore = patchConsole(logger);
    for (const name of names) target[name]?.(name);
    restore();
  });
  expect(entries.map(({ message }) => message.split("\t").slice(2).join(" ").trim())).toEqual([
    "TRACE trace",
    "DEBUG debug",
    "INFO info",
    "INFO log",
    "WARN warn",
    "ERROR error",
    "FATAL fatal",
  ]);
  expect(names.map((name) => target[name])).toEqual(originals);
});

describe("failures", () => {
  test("are one line of text with the error's members", ({ folder }) => {
    const error = Object.assign(new RangeError("bad"), { code: "E1", nested: new Error("inner") });
    const [entry] = logged(folder, {}, ({ failure }) => failure("Invoke Error", error));
    const [, text = ""] = /ERROR\tInvoke Error \t(.*)\n$/.exec(entry?.message ?? "") ?? [];
    expect(JSON.parse(text)).toMatchObject({
      errorType: "RangeError",
      errorMessage: "bad",
      code: "E1",
      nested: { errorType: "Error", errorMessage: "inner" },
      stack: expect.arrayContaining(["RangeError: bad"]) as string[],
    });
  });

  test("are the error itself in JSON", ({ folder }) => {
    const [entry] = logged(folder, { format: "JSON" }, ({ failure }) => failure("Invoke Error", new Error("bad")));
    expect(JSON.parse(entry?.message ?? "")).toMatchObject({ level: "ERROR", message: { errorMessage: "bad" } });
  });

  test("can be anything", ({ folder }) => {
    const hostile = new Error("bad");
    Object.defineProperty(hostile, "stack", { value: undefined });
    Object.assign(hostile, { self: { big: 1n } });
    const entries = logged(folder, {}, ({ failure }) => {
      failure("A", "text");
      failure("B", hostile);
    });
    expect(entries[0]?.message).toContain('"errorMessage":"text"');
    expect(entries[1]?.message).toContain('{"errorType":"Error","errorMessage":"bad","stackTrace":[]}');
  });
});

const refuse = (): never => {
  throw new Error("hostile");
};
const revoked = Proxy.revocable(new Error("x"), {});
revoked.revoke();
const inItself: Error & { self?: unknown } = new Error("x");
inItself.self = inItself;

describe.each(["Text", "JSON"] as const)("%s: a value is logged", (format) => {
  test.for([
    ["whose prototype cannot be read", revoked.proxy],
    ["whose members throw", new Proxy(new Error("x"), { get: refuse, ownKeys: refuse })],
    ["whose stack throws", Object.defineProperty(new Error("x"), "stack", { get: refuse })],
    ["whose text throws", { toString: refuse, toJSON: refuse }],
    ["without a class", Object.assign(new Error("x"), { constructor: undefined })],
    ["that is in itself", inItself],
  ])("%s", ([, thrown], { folder }) => {
    const entries = logged(folder, { format }, (logger) => {
      logger.failure("Invoke Error", thrown);
      logger.log("INFO", thrown);
      logger.log("INFO", "with", thrown);
    });
    expect(entries).toHaveLength(3);
  });
});
