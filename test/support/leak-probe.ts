/**
 * Starts, uses and closes emulators in one process, and prints what the process held after each batch, as JSON.
 * To be run with --expose-gc; the argument is a bootstrap.
 */
import { readdirSync } from "node:fs";
import { startEmulator } from "../../emulator/index.ts";

const [, , source = ""] = process.argv;
const emulatorCount = 200;
const batch = 50;

async function useOne(): Promise<void> {
  const emulator = await startEmulator({ functions: { it: { source } }, onLog: () => {} });
  const { payload } = await emulator.invoke("it", { how: "plain", nonce: "1" });
  const response = await fetch(`${emulator.url}/2015-03-31/functions/it/invocations`, {
    method: "POST",
    headers: { connection: "close" },
    body: '{"how":"plain","nonce":"2"}',
  });
  const { nonce } = (await response.json()) as { readonly nonce: string };
  if ((payload as { readonly nonce: string }).nonce !== "1" || nonce !== "2") throw new Error("wrong answers");
  await emulator.close();
}

async function measure(): Promise<object> {
  // What was closed is let go of in the next turns of the event loop.
  for (let turn = 0; turn < 100; turn++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await new Promise((resolve) => setImmediate(resolve));
  }
  globalThis.gc?.();
  return {
    resources: process.getActiveResourcesInfo().toSorted(),
    descriptors: readdirSync("/proc/self/fd").length,
    heapBytes: process.memoryUsage().heapUsed,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

// Each counts as a resource from its first use on.
process.stdout.write("");
process.stderr.write("");
const measurements: object[] = [];
for (let count = 1; count <= emulatorCount; count++) {
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  await useOne();
  // oxlint-disable-next-line no-await-in-loop
  if (count % batch === 0) measurements.push(await measure());
}
console.log(JSON.stringify(measurements));
