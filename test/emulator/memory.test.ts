/** Memory of functions that run as processes of this machine. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { startEmulator } from "../../emulator/index.ts";
import { test } from "../support/temporary-folder.ts";

const noProc = existsSync("/proc/self/status") ? "" : " (skipped: needs /proc)";

/** Memory that REPORT tells of, in MB. */
function used(logResult: string): number {
  return Number(/Max Memory Used: (\d+) MB/.exec(logResult)?.[1]);
}

test.skipIf(noProc !== "")(`a limit that is passed is told, once for each environment${noProc}`, async ({ folder }) => {
  const source = join(folder, "handler.mjs");
  writeFileSync(
    source,
    "const kept = [];\nexport const handler = async () => kept.push(Buffer.alloc(200 * 2 ** 20, 1));\n",
  );
  const notices: string[] = [];
  await using lambda = await startEmulator({
    functions: { hungry: { source, memoryMib: 128 } },
    onNotice: (message) => notices.push(message),
  });
  const { payload, logResult } = await lambda.invoke("hungry", {});
  expect(payload).toBe(1);
  expect(used(logResult)).toBeGreaterThan(200);
  await lambda.invoke("hungry", {});
  expect(notices).toEqual([
    expect.stringMatching(
      /^hungry used \d{3} MB of its 128 MB: Lambda would have ended it \(Runtime\.OutOfMemory\); give it more by --memory$/,
    ),
  ]);
});

test.skipIf(noProc !== "")(`programs that the function starts count${noProc}`, async ({ folder }) => {
  const source = join(folder, "handler.mjs");
  writeFileSync(
    source,
    `import { spawn } from "node:child_process";
    import { once } from "node:events";
    import { setTimeout } from "node:timers/promises";
    export const handler = async () => {
      const script = "const kept = Buffer.alloc(300 * 2 ** 20, 1); console.log('ready'); setInterval(() => kept, 1000);";
      const child = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      // Longer than the pause between two looks.
      await setTimeout(400);
      child.kill();
      await once(child, "exit");
    };`,
  );
  await using lambda = await startEmulator({ functions: { parent: { source, memoryMib: 1024, timeoutMs: 20_000 } } });
  const { functionError, logResult } = await lambda.invoke("parent", {});
  expect(functionError).toBeUndefined();
  expect(used(logResult)).toBeGreaterThan(320);
});
