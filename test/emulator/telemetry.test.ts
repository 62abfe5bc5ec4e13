/** The Telemetry API and the Logs API, seen by an extension. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { startEmulator, type FunctionOptions, type LogEvent } from "../../emulator/index.ts";
import { test } from "../support/temporary-folder.ts";

const source = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;
const extension = new URL("../fixtures/extensions/telemetry.mjs", import.meta.url).pathname;
const allTypes = { types: ["platform", "function", "extension"] };

interface Seen {
  readonly events: readonly TelemetryEvent[];
  readonly log: readonly LogEvent[];
}
interface TelemetryEvent {
  readonly time: string;
  readonly type: string;
  readonly record: Record<string, unknown> | string;
}

/** Invokes once with each event, closes the emulator, and tells what the extension got. */
async function see(
  folder: string,
  subscription: object,
  { events = [{ how: "well" }], until = "platform.report", options = {}, environment = {} }: SeeOptions = {},
): Promise<Seen> {
  const file = join(folder, "batches");
  mkdirSync(join(folder, "layer/extensions"), { recursive: true });
  const path = join(folder, "layer/extensions/telemetry");
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${extension}"\n`);
  chmodSync(path, 0o755);
  const log: LogEvent[] = [];
  {
    await using emulator = await startEmulator({
      functions: {
        it: {
          source,
          layers: [join(folder, "layer")],
          environment: {
            BATCHES_FILE: file,
            SUBSCRIPTION: JSON.stringify(subscription),
            UNTIL_TYPE: until,
            UNTIL_COUNT: String(events.length),
            ...environment,
          },
          ...options,
        },
      },
      onLog: (event) => log.push(event),
    });
    for (const event of events) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      await emulator.invoke("it", event);
    }
  }
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const received = text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => JSON.parse(line) as TelemetryEvent | TelemetryEvent[]);
  return { events: received, log };
}
interface SeeOptions {
  readonly events?: readonly unknown[];
  /** The extension waits for as many of this type as there are events. */
  readonly until?: string;
  readonly options?: Partial<FunctionOptions>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** On which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const types = ({ events }: Seen): string[] => events.map(({ type }) => type);
const any = (): unknown => expect.anything() as unknown;

describe("the Telemetry API", () => {
  test("tells a cold invocation in order, what came before the subscription included", async ({ folder }) => {
    const seen = await see(folder, { schemaVersion: "2022-12-13", ...allTypes });
    const platform = types(seen).filter((type) => type.startsWith("platform."));
    // The runtime may be done before the extension has subscribed: both are at work at the same time.
    expect(platform.filter((type) => type !== "platform.initRuntimeDone")).toEqual([
      "platform.initStart",
      "platform.telemetrySubscription",
      "platform.extension",
      "platform.initReport",
      "platform.start",
      "platform.runtimeDone",
      "platform.report",
    ]);
    expect([1, 2, 3]).toContain(platform.indexOf("platform.initRuntimeDone"));
    expect(seen.events).toContainEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      type: "extension",
      record: 'subscribed: 200 "OK"\n',
    });
  });

  test("has the members that are documented", async ({ folder }) => {
    const { events } = await see(folder, { schemaVersion: "2022-12-13", types: ["platform"] });
    const record = (type: string): unknown => events.find((event) => event.type === type)?.record;
    const tracing = { spanId: any(), type: "X-Amzn-Trace-Id", value: any() };
    const initializationType = "on-demand";
    expect(record("platform.initStart")).toEqual({
      initializationType,
      phase: "init",
      functionName: "it",
      functionVersion: "$LATEST",
      instanceId: any(),
      instanceMaxMemory: 134_217_728,
    });
    expect(record("platform.telemetrySubscription")).toEqual({
      name: "telemetry",
      state: "Subscribed",
      types: ["platform"],
    });
    expect(record("platform.extension")).toEqual({ name: "telemetry", state: "Ready", events: ["INVOKE", "SHUTDOWN"] });
    expect(record("platform.initReport")).toEqual({
      initializationType,
      phase: "init",
      status: "success",
      metrics: { durationMs: any() },
    });
    expect(record("platform.runtimeDone")).toEqual({
      requestId: any(),
      status: "success",
      tracing,
      spans: ["responseLatency", "responseDuration", "runtimeOverhead"].map((name) => ({
        name,
        start: any(),
        durationMs: any(),
      })),
      metrics: { durationMs: any(), producedBytes: 6 },
    });
    expect(record("platform.report")).toMatchObject({
      requestId: any(),
      status: "success",
      metrics: { durationMs: any(), billedDurationMs: any(), memorySizeMB: 128, initDurationMs: any() },
      spans: [{ name: "extensionOverhead", start: any(), durationMs: expect.any(Number) as number }],
      tracing,
    });
  });

  test("takes what an extension does behind the runtime for its overhead", async ({ folder }) => {
    const environment = { PAUSE_MS: "50" };
    const { events } = await see(folder, { types: ["platform"] }, { environment });
    interface Report {
      readonly metrics: { readonly durationMs: number };
      readonly spans: readonly { readonly durationMs: number }[];
    }
    const report = events.find(({ type }) => type === "platform.report")?.record as Report | undefined;
    const durationMs = report?.metrics.durationMs ?? 0;
    // A timer of Node.js may be a millisecond early.
    expect(durationMs).toBeGreaterThanOrEqual(49);
    expect(report?.spans[0]?.durationMs).toBeGreaterThan(0);
    expect(report?.spans[0]?.durationMs).toBeLessThanOrEqual(durationMs);
  });

  test("tells failures with their types", async ({ folder }) => {
    const seen = await see(folder, { ...allTypes }, { events: [{ how: "throw" }, { how: "exit" }] });
    const done = seen.events.filter(({ type }) => type === "platform.runtimeDone").map(({ record }) => record);
    expect(done).toMatchObject([
      { status: "error", errorType: expect.stringMatching(/^Runtime\./) as string },
      { status: "error", errorType: "Runtime.ExitError" },
    ]);
  });

  test("gives JSON lines as objects from the schema of December 2022 on, before it as text", async ({ folder }) => {
    const logging = { format: "JSON" } as const;
    const linesOf = async (schemaVersion: string): Promise<unknown[]> => {
      const { events } = await see(
        join(folder, schemaVersion),
        { schemaVersion, types: ["function"] },
        { events: [{ how: "throw" }], until: "function", options: { logging } },
      );
      return events.map(({ record }) => record);
    };
    const [object] = await linesOf("2022-12-13");
    expect(object).toMatchObject({ level: "ERROR", requestId: any() });
    const [text] = await linesOf("2022-07-01");
    expect(text).toMatch(/^\{"timestamp":.*\}\n$/);
  });

  test("goes over TCP, an event on each line", async ({ folder }) => {
    const seen = await see(folder, { protocol: "TCP", ...allTypes });
    expect(types(seen)).toContain("platform.report");
  });

  test("is sent again while the listener does not take it", async ({ folder }) => {
    const seen = await see(folder, allTypes, { environment: { REFUSE_BATCHES: "2" } });
    expect(types(seen)[0]).toBe("platform.initStart");
    expect(types(seen)).toContain("platform.initReport");
  });

  test("to nobody holds nothing up", async ({ folder }) => {
    const destination = { URI: `http://sandbox.localdomain:${await closedPort()}/` };
    const seen = await see(
      folder,
      { ...allTypes, destination },
      { events: Array.from({ length: 20 }, () => ({ how: "print" })), until: "" },
    );
    expect(seen.log.filter(({ line }) => line.startsWith("REPORT "))).toHaveLength(20);
  });

  test("is for those who asked: nothing of the platform without it", async ({ folder }) => {
    const seen = await see(folder, { types: ["function"] }, { events: [{ how: "print" }], until: "function" });
    expect(new Set(types(seen))).toEqual(new Set(["function"]));
  });

  test.for([
    [{ types: [] }, "types must be"],
    [{ types: ["network"] }, "types must be"],
    [{ types: ["platform"], schemaVersion: "1999-01-01" }, "schemaVersion must be one of 2022-07-01"],
    [
      { types: ["platform"], buffering: { maxItems: 1 } },
      "buffering.maxItems must be a whole number from 1000 to 10000",
    ],
    [{ types: ["platform"], destination: { protocol: "HTTP", URI: "http://example.com/" } }, "destination.URI must be"],
    [{ types: ["platform"], destination: { protocol: "UDP" } }, "destination must have protocol HTTP"],
  ] as const)("refuses %j", async ([subscription, message], { folder }) => {
    const { log } = await see(folder, subscription);
    const line = log.find((event) => event.source === "extension")?.line ?? "";
    expect(line).toContain('subscribed: 400 {"errorMessage":"');
    expect(line).toContain(message);
    expect(line).toContain('"errorType":"ValidationError"');
  });
});

describe("the Logs API", () => {
  test("has events and members of its own", async ({ folder }) => {
    const seen = await see(folder, { path: "/2020-08-15/logs", schemaVersion: "2021-03-18", ...allTypes });
    expect(types(seen).filter((type) => type.startsWith("platform."))).toEqual([
      "platform.logsSubscription",
      "platform.extension",
      "platform.start",
      "platform.runtimeDone",
      "platform.end",
      "platform.report",
    ]);
    const done = seen.events.find(({ type }) => type === "platform.runtimeDone");
    expect(done?.record).toEqual({ requestId: any(), status: "success" });
  });

  test("tells a process that ends as a fault, and any error as a failure", async ({ folder }) => {
    const subscription = { path: "/2020-08-15/logs", schemaVersion: "2021-03-18", types: ["platform"] };
    const seen = await see(folder, subscription, { events: [{ how: "throw" }, { how: "exit" }] });
    expect(types(seen).slice(-4)).toEqual([
      "platform.runtimeDone",
      "platform.fault",
      "platform.end",
      "platform.report",
    ]);
    const records = (of: string): unknown[] => seen.events.flatMap(({ type, record }) => (type === of ? [record] : []));
    expect(records("platform.runtimeDone")).toEqual([
      { requestId: any(), status: "failure" },
      { requestId: any(), status: "failure" },
    ]);
    expect(records("platform.fault")).toEqual([
      expect.stringMatching(/^RequestId: [0-9a-f-]{36} Process exited before completing request$/),
    ]);
  });

  test("has no `platform.runtimeDone` in its first schema", async ({ folder }) => {
    const seen = await see(folder, { path: "/2020-08-15/logs", schemaVersion: "2020-08-15", types: ["platform"] });
    expect(types(seen).slice(-3)).toEqual(["platform.start", "platform.end", "platform.report"]);
  });

  test("takes PUT where the subscriber asks for it, and no second API beside the Telemetry API", async ({ folder }) => {
    const destination = { method: "PUT" };
    const seen = await see(folder, { path: "/2020-08-15/logs", destination, types: ["platform"], thenTelemetry: true });
    expect(types(seen)).toContain("platform.report");
    expect(seen.log.map(({ line }) => line)).toContain("method: PUT");
    expect(seen.log.map(({ line }) => line)).toContainEqual(
      expect.stringMatching(/^then: 400 \{"errorMessage":"the extension already uses the Logs API"/),
    );
  });
});
