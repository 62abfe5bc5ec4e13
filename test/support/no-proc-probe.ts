/** An emulator on a machine without /proc, as macOS is one. Prints what it came to; run by `test/emulator/no-proc.test.ts`. */
import { existsSync } from "node:fs";
import { startEmulator } from "../../emulator/index.ts";
import { isAlive } from "../../process/index.ts";

const source = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;
const log: string[] = [];
const emulator = await startEmulator({
  functions: { it: { source, timeoutMs: 1000 } },
  onLog: ({ line }) => log.push(line),
});
const answers: unknown[] = [];
for (const how of ["well", "hang", "exit", "well again"]) {
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  answers.push((await emulator.invoke("it", { how })).payload);
}
await emulator.close();
const hung = Number(/hanging in process (\d+)/.exec(log.join("\n"))?.[1]);
console.log(JSON.stringify({ hasProc: existsSync("/proc/self"), answers, isHungAlive: isAlive(hung), log }));
