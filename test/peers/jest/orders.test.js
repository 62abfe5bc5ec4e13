// The emulator in Jest, which runs ES modules in contexts of its own.
import { startEmulator } from "../../../dist/emulator/index.js";

const source = new URL("../../fixtures/functions/common-js.cjs", import.meta.url).pathname;

test("a function answers, and its log can be read", async () => {
  const lambda = await startEmulator({ functions: { it: { source } } });
  try {
    const { payload, logResult } = await lambda.invoke("it", { name: "Ada" });
    expect(payload).toBeDefined();
    expect(logResult).toContain("REPORT RequestId:");
  } finally {
    await lambda.close();
  }
});
