/** What Managed Instances go together with. */
import { expect, test } from "vitest";
import { configureFunction } from "../../../emulator/function-configuration.ts";
import type { FunctionOptions } from "../../../emulator/index.ts";

const configure = (options: Omit<FunctionOptions, "source">): ReturnType<typeof configureFunction> =>
  configureFunction("it", { source: "./bootstrap", ...options }, { region: "us-east-1", accountId: "000000000000" });

test("the log is JSON, with the levels that are asked for", () => {
  const { logging, maxConcurrency } = configure({ maxConcurrency: 8, logging: { systemLogLevel: "DEBUG" } });
  expect(logging).toEqual({ format: "JSON", applicationLogLevel: "INFO", systemLogLevel: "DEBUG" });
  expect(maxConcurrency).toBe(8);
  expect(configure({})).toMatchObject({ maxConcurrency: undefined, logging: { format: "Text" } });
});

test.for([
  [{ logging: { format: "Text" } }, 'Function it: Managed Instances log in JSON only, logging.format is "Text"'],
  [{ snapStart: true }, "Function it: Lambda has no SnapStart on Managed Instances"],
  [{ tenantIsolation: true }, "Function it: Lambda has no tenant isolation on Managed Instances"],
  [{ maxConcurrency: 0 }, "maxConcurrency must be a whole number from 1 to 1600, it is 0"],
  [{ maxConcurrency: 1601 }, "maxConcurrency must be a whole number from 1 to 1600, it is 1601"],
] as const)("%j is refused", ([options, message]) => {
  expect(() => configure({ maxConcurrency: 4, ...options })).toThrow(
    expect.objectContaining({ code: "BAD_OPTIONS", message }) as Error,
  );
});
