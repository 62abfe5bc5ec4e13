import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { TreeMemory } from "../../process/index.ts";

const hasProc = existsSync("/proc/self/status");
const why = hasProc ? "" : " (skipped: needs /proc)";
const mebibyte = 1_048_576;
let child: ChildProcess | undefined;
let memory: TreeMemory | undefined;
afterEach(() => {
  memory?.close();
  // The whole group: descendants would go on, and keep this process's output open.
  if (child?.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  child = undefined;
});

/** A process that says `ready`. */
async function start(script: string): Promise<number> {
  child = spawn(process.execPath, ["--eval", script], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child.pid as number;
}

const hold = "const kept = Buffer.alloc(150 * 2 ** 20, 1); console.log('ready'); setInterval(() => kept, 1000);";

test.skipIf(!hasProc)(`a process alone: its peak, exactly and at once${why}`, async () => {
  memory = new TreeMemory(await start(`Buffer.alloc(150 * 2 ** 20, 1); ${hold.replace("150", "1")}`));
  const peak = memory.peakBytes() ?? 0;
  expect(peak).toBeGreaterThan(150 * mebibyte);
  expect(peak).toBeLessThan(400 * mebibyte);
});

test.skipIf(!hasProc)(`a grandchild counts while it is watched${why}`, async () => {
  const spawnNext = (script: string): string =>
    `require("node:child_process").spawn(process.execPath, ["--eval", ${JSON.stringify(script)}], { stdio: "inherit" });`;
  memory = new TreeMemory(await start(spawnNext(spawnNext(hold))));
  expect(memory.peakBytes()).toBeLessThan(150 * mebibyte);
  memory.watch();
  const peakBytes = (): number => {
    const peak = memory?.peakBytes() ?? 0;
    memory?.watch();
    return peak;
  };
  await expect.poll(peakBytes, { timeout: 10_000 }).toBeGreaterThan(150 * mebibyte);
});

test("nothing is invented for a process that is not there", () => {
  memory = new TreeMemory(undefined);
  memory.watch();
  expect(memory.peakBytes()).toBeUndefined();
});
