import { startEmulator, type Emulator } from "runtime-aws-lambda/emulator";
import { afterAll, beforeAll, expect, test } from "vitest";

const source = new URL("./orders.ts", import.meta.url).pathname;
const lines: string[] = [];
let lambda: Emulator;

// One emulator for the file: functions start when they are first invoked, and stay warm.
beforeAll(async () => {
  lambda = await startEmulator({
    functions: {
      orders: { source },
      closed: { source, environment: { SHOP: "closed" }, eventInvokeConfig: { retryDelaysMs: [0, 0] } },
    },
    onLog: ({ functionName, line }) => lines.push(`${functionName}: ${line}`),
  });
});
afterAll(() => lambda.close());

test("an order is answered", async () => {
  const { payload, functionError, logResult } = await lambda.invoke("orders", { item: "apples", quantity: 3 });
  expect(payload).toEqual({ item: "apples", quantity: 3 });
  expect(functionError).toBeUndefined();
  expect(logResult).toContain("ordered 3 apples");
});

test("a closed shop is an error, as AWS would report it", async () => {
  const { payload, functionError } = await lambda.invoke("closed", { item: "apples", quantity: 3 });
  expect(functionError).toBe("Unhandled");
  expect(payload).toMatchObject({ errorType: "RangeError", errorMessage: "no apples today" });
});

test("an event is tried three times", async () => {
  lines.length = 0;
  await lambda.invokeAsync("closed", { item: "pears", quantity: 1 });
  await lambda.waitForIdle();
  expect(lines.filter((line) => line.startsWith("closed: START"))).toHaveLength(3);
});
