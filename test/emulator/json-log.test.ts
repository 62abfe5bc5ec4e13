/** `logging: { format: "JSON" }`. */
import { expect, test } from "vitest";
import { startEmulator, type FunctionOptions } from "../../emulator/index.ts";

const source = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;

async function log(logging: FunctionOptions["logging"], event: unknown): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  await using emulator = await startEmulator({
    functions: { it: { source, timeoutMs: 500, ...(logging === undefined ? {} : { logging }) } },
    onLog: ({ line }) => lines.push(line),
  });
  await emulator.invoke("it", event);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("platform and function write JSON", async () => {
  const lines = await log({ format: "JSON" }, { how: "hang" });
  const time = expect.stringMatching(/^\d{4}-.*Z$/) as string;
  const requestId = (lines[0] as unknown as { readonly record: { readonly requestId: string } }).record.requestId;
  const tracing = {
    type: "X-Amzn-Trace-Id",
    value: expect.stringMatching(/^Root=1-/) as string,
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
  };
  expect(lines).toEqual([
    { time, type: "platform.start", record: { requestId, version: "$LATEST", tracing } },
    { timestamp: time, level: "INFO", requestId, message: expect.stringMatching(/^hanging/) as string },
    {
      time,
      type: "platform.runtimeDone",
      record: {
        requestId,
        status: "timeout",
        tracing,
        spans: [],
        metrics: { durationMs: expect.any(Number) as number, producedBytes: 0 },
      },
    },
    {
      time,
      type: "platform.report",
      record: {
        requestId,
        status: "timeout",
        metrics: {
          durationMs: expect.any(Number) as number,
          billedDurationMs: expect.any(Number) as number,
          memorySizeMB: 128,
          maxMemoryUsedMB: expect.any(Number) as number,
          initDurationMs: expect.any(Number) as number,
        },
        tracing,
      },
    },
  ]);
});

test("levels leave lines out", async () => {
  expect(
    await log({ format: "JSON", systemLogLevel: "WARN", applicationLogLevel: "WARN" }, { how: "hang" }),
  ).toMatchObject([{ type: "platform.runtimeDone" }, { type: "platform.report" }]);
});

test.each([
  [{ format: "json" }, "logging.format must be one of Text, JSON"],
  [{ format: "JSON", systemLogLevel: "ERROR" }, "logging.systemLogLevel must be one of DEBUG, INFO, WARN"],
  [{ applicationLogLevel: "INFO" }, "log levels need logging.format JSON"],
])("%j is refused", async (logging, message) => {
  await expect(log(logging as FunctionOptions["logging"], {})).rejects.toMatchObject({
    message: expect.stringContaining(message) as string,
  });
});
