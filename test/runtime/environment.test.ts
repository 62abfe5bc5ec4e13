import { afterEach, expect, test, vi } from "vitest";
import { readEnvironment } from "../../runtime/environment.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("reads what Lambda sets", () => {
  vi.stubEnv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001");
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "orders");
  vi.stubEnv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256");
  vi.stubEnv("TABLE", "t");
  const environment = readEnvironment();
  expect(environment).toMatchObject({ runtimeApi: "127.0.0.1:9001", functionName: "orders", memoryLimitInMB: "256" });
  expect(environment.variables["TABLE"]).toBe("t");
});

test("publishes and clears the trace id", () => {
  vi.stubEnv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001");
  vi.stubEnv("_X_AMZN_TRACE_ID", undefined);
  const environment = readEnvironment();
  environment.setTraceId("Root=1-a");
  expect(process.env["_X_AMZN_TRACE_ID"]).toBe("Root=1-a");
  environment.setTraceId(undefined);
  expect(process.env).not.toHaveProperty("_X_AMZN_TRACE_ID");
});

test.each([
  [{}, { format: "Text" }],
  [
    { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: "warn" },
    { format: "JSON", level: "WARN" },
  ],
  [{ AWS_LAMBDA_LOG_FORMAT: "json", AWS_LAMBDA_LOG_LEVEL: "loud" }, { format: "JSON" }],
  [{ _LAMBDA_TELEMETRY_LOG_FD: "62" }, { format: "Text", telemetryDescriptor: 62 }],
  [{ _LAMBDA_TELEMETRY_LOG_FD: "x" }, { format: "Text" }],
])("%j is the log %j, and no program the handler starts sees the descriptor", (variables, log) => {
  vi.stubEnv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001");
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  expect(readEnvironment().log).toEqual({ level: undefined, telemetryDescriptor: undefined, ...log });
  expect(process.env).not.toHaveProperty("_LAMBDA_TELEMETRY_LOG_FD");
});

test.each([
  ["16", 16],
  ["0", undefined],
  ["many", undefined],
  [undefined, undefined],
])("AWS_LAMBDA_MAX_CONCURRENCY=%s is %s", (text, count) => {
  vi.stubEnv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001");
  vi.stubEnv("AWS_LAMBDA_MAX_CONCURRENCY", text);
  expect(readEnvironment().maxConcurrency).toBe(count);
});

test.each([undefined, ""])("without a Runtime API (%j) it says how to start the program", (value) => {
  vi.stubEnv("AWS_LAMBDA_RUNTIME_API", value);
  expect(readEnvironment).toThrow(expect.objectContaining({ code: "BAD_ENVIRONMENT" }));
  expect(readEnvironment).toThrow("npx emulate");
});
