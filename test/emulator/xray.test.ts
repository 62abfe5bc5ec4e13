/** Segments of traced invocations, as something that listens where an X-Ray daemon would gets them. */
import { describe, expect, test } from "vitest";
import { startEmulator, type Emulator, type EmulatorOptions, type FunctionOptions } from "../../emulator/index.ts";
import { XRayDaemon, type SegmentDocument } from "../support/xray-daemon.ts";

const source = new URL("../fixtures/functions/traced.ts", import.meta.url).pathname;
const callersRoot = "1-5759e988-bd862e3fe1be46a994272793";
const arn = "arn:aws:lambda:us-east-1:000000000000:function:it";
const id = expect.stringMatching(/^[0-9a-f]{16}$/) as string;

interface Facts {
  readonly header: string | null;
  readonly address: string | null;
  readonly host: string | null;
  readonly port: string | null;
}

function start(
  xray: string,
  options: Partial<FunctionOptions> = {},
  more: Partial<EmulatorOptions> = {},
): Promise<Emulator> {
  return startEmulator({ functions: { it: { source, timeoutMs: 20_000, ...options } }, xray, ...more });
}

/** As a caller that has a trace of its own. */
async function invoke(
  emulator: Emulator,
  header: string,
  event: object = {},
): Promise<{ facts: Facts; trace: string }> {
  const response = await fetch(`${emulator.url}/2015-03-31/functions/it/invocations`, {
    method: "POST",
    headers: { "X-Amzn-Trace-Id": header },
    body: JSON.stringify(event),
  });
  return { facts: (await response.json()) as Facts, trace: response.headers.get("x-amzn-trace-id") ?? "" };
}

const names = (segment: SegmentDocument | undefined): readonly string[] =>
  (segment?.subsegments ?? []).map(({ name }) => name);
const named = (segment: SegmentDocument | undefined, name: string): SegmentDocument | undefined =>
  segment?.subsegments?.find((each) => each.name === name);

describe("an invocation", () => {
  test("is sampled where the caller has not decided, and has two segments", async () => {
    await using daemon = await XRayDaemon.start();
    await using emulator = await start(daemon.address);
    const { payload, requestId, logResult } = await emulator.invoke("it");
    const [service, ofFunction, ...others] = await daemon.take(2);
    expect(others).toEqual([]);
    const root = service?.trace_id ?? "";
    expect(root).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(service).toEqual({
      id,
      name: "it",
      start_time: expect.any(Number) as number,
      end_time: expect.any(Number) as number,
      trace_id: root,
      http: { response: { status: 200 } },
      aws: { request_id: requestId },
      origin: "AWS::Lambda",
      resource_arn: arn,
    });
    expect(ofFunction).toMatchObject({
      id,
      name: "it",
      trace_id: root,
      parent_id: service?.id,
      aws: { account_id: "000000000000", function_arn: arn, resource_names: ["it"] },
      origin: "AWS::Lambda::Function",
    });
    expect(names(ofFunction)).toEqual(["Initialization", "Invocation", "Overhead"]);
    const [initialization, invocation, overhead] = ofFunction?.subsegments ?? [];
    // In microseconds: the clocks differ in what a number of seconds can hold.
    const times = [initialization, invocation, overhead].flatMap((each) => [
      each?.start_time ?? 0,
      each?.end_time ?? 0,
    ]);
    const inOrder = times.map((seconds) => Math.round(seconds * 1000));
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
    const [host, port] = daemon.address.split(":");
    const header = `Root=${root};Parent=${invocation?.id};Sampled=1`;
    expect(payload).toEqual({ header, address: daemon.address, host, port });
    expect(logResult).toMatch(
      new RegExp(`\nREPORT .*\t\nXRAY TraceId: ${root}\tSegmentId: ${ofFunction?.id}\tSampled: true\t\n$`),
    );
  });

  test("is initialized once, and is the parent of what the function sends", async () => {
    await using daemon = await XRayDaemon.start();
    await using emulator = await start(daemon.address);
    await emulator.invoke("it");
    await daemon.take(2);
    await emulator.invoke("it", { send: true });
    const [own, , ofFunction] = await daemon.take(3);
    expect(names(ofFunction)).toEqual(["Invocation", "Overhead"]);
    expect(own).toMatchObject({ name: "stock", parent_id: named(ofFunction, "Invocation")?.id });
  });

  test("takes over the caller's trace and decision", async () => {
    await using daemon = await XRayDaemon.start();
    await using emulator = await start(daemon.address);
    const callers = `Root=${callersRoot};Parent=53995c3f42cd8ad8`;
    const unsampled = await invoke(emulator, `${callers};Sampled=0`);
    expect(unsampled.facts.header).toBe(`${callers};Sampled=0`);
    const sampled = await invoke(emulator, `Self=1-a;${callers};Sampled=1`);
    const [service, ofFunction, ...others] = await daemon.take(2);
    expect(others).toEqual([]);
    expect(service).toMatchObject({ trace_id: callersRoot, parent_id: "53995c3f42cd8ad8" });
    const header = `Root=${callersRoot};Parent=${named(ofFunction, "Invocation")?.id};Sampled=1`;
    expect(sampled.facts.header).toBe(header);
    expect(sampled.trace).toBe(header.toLowerCase());
  });

  test("begins a trace where the caller's is none", async () => {
    await using daemon = await XRayDaemon.start();
    await using emulator = await start(daemon.address);
    await invoke(emulator, "Root=1-nonsense;Parent=none;Sampled=?");
    const [service] = await daemon.take(2);
    expect(service?.trace_id).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(service).not.toHaveProperty("parent_id");
  });

  test("that fails is a fault, with the cause that the runtime gave", async () => {
    await using daemon = await XRayDaemon.start();
    await using emulator = await start(daemon.address);
    await emulator.invoke("it", { fail: true });
    const [service, ofFunction] = await daemon.take(2);
    expect(service).not.toHaveProperty("fault");
    expect(ofFunction).toMatchObject({ fault: true });
    expect(named(ofFunction, "Invocation")).toMatchObject({
      fault: true,
      cause: { exceptions: [{ type: "RangeError", message: "no stock" }] },
    });
  });

  test("of a process that ends has no overhead", async () => {
    await using daemon = await XRayDaemon.start();
    const misbehave = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;
    await using emulator = await start(daemon.address, { source: misbehave });
    await emulator.invoke("it", { how: "exit" });
    const [, ofFunction] = await daemon.take(2);
    expect(names(ofFunction)).toEqual(["Initialization", "Invocation"]);
    expect(ofFunction).toMatchObject({ fault: true });
  });
});

test("an event has an attempt in its segment for each time it is worked on", async () => {
  await using daemon = await XRayDaemon.start();
  await using emulator = await start(daemon.address, { eventInvokeConfig: { retryDelaysMs: [0, 0] } });
  await emulator.invokeAsync("it", { fail: true });
  await emulator.waitForIdle();
  const documents = await daemon.take(6);
  const services = documents.filter(({ origin }) => origin === "AWS::Lambda");
  const functions = documents.filter(({ origin }) => origin === "AWS::Lambda::Function");
  expect(new Set(services.map((each) => each.id)).size).toBe(1);
  expect(services.map(names)).toEqual([
    ["Dwell Time", "Attempt #1"],
    ["Dwell Time", "Attempt #1", "Attempt #2"],
    ["Dwell Time", "Attempt #1", "Attempt #2", "Attempt #3"],
  ]);
  expect(services.at(-1)).toMatchObject({ http: { response: { status: 202 } } });
  const attempts = services.at(-1)?.subsegments?.slice(1) ?? [];
  expect(functions.map(({ parent_id: parent }) => parent)).toEqual(attempts.map((each) => each.id));
  expect(new Set(functions.map(({ trace_id: root }) => root))).toEqual(new Set([services[0]?.trace_id]));
});

test("on Managed Instances there is the invocation only, and no variable", async () => {
  await using daemon = await XRayDaemon.start();
  await using emulator = await start(daemon.address, { maxConcurrency: 2 });
  expect((await emulator.invoke("it")).payload).toMatchObject({ header: null });
  const [, ofFunction] = await daemon.take(2);
  expect(names(ofFunction)).toEqual(["Invocation"]);
});

test("a function may have a daemon of its own", async () => {
  await using daemon = await XRayDaemon.start();
  await using emulator = await start(daemon.address, { environment: { AWS_XRAY_DAEMON_ADDRESS: "127.0.0.1:1" } });
  const [host] = daemon.address.split(":");
  expect((await emulator.invoke("it")).payload).toMatchObject({ address: "127.0.0.1:1", host });
});

test("GetFunctionConfiguration says whether it is traced", async () => {
  const mode = async (emulator: Emulator): Promise<unknown> => {
    const response = await fetch(`${emulator.url}/2015-03-31/functions/it/configuration`);
    return ((await response.json()) as { TracingConfig: unknown }).TracingConfig;
  };
  await using traced = await start("127.0.0.1:2000");
  await using other = await startEmulator({ functions: { it: { source } } });
  expect([await mode(traced), await mode(other)]).toEqual([{ Mode: "Active" }, { Mode: "PassThrough" }]);
  expect((await other.invoke("it")).payload).toEqual({
    header: expect.stringMatching(/;Sampled=0$/) as string,
    address: null,
    host: null,
    port: null,
  });
});

test("where nobody listens the function does not notice", async () => {
  const daemon = await XRayDaemon.start();
  const { address } = daemon;
  await daemon[Symbol.asyncDispose]();
  await using emulator = await start(address);
  expect((await emulator.invoke("it")).functionError).toBeUndefined();
  expect((await emulator.invoke("it")).functionError).toBeUndefined();
});

test.for(["", "127.0.0.1", ":2000", "127.0.0.1:0", "127.0.0.1:65536", "::1:2000", "http://127.0.0.1:2000", "a b:1"])(
  "%j is no address of a daemon",
  async (xray) => {
    await expect(start(xray)).rejects.toMatchObject({
      code: "BAD_OPTIONS",
      message: "startEmulator: xray must be host:port of a daemon",
    });
  },
);

test.for(["[::1]:2000", "localhost:2000", "xray.internal:2000"])("%j is one", async (xray) => {
  await using emulator = await start(xray);
  expect(emulator.functionNames).toEqual(["it"]);
});
