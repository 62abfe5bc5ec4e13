/** Nothing depends on /proc: macOS has none. Here it is hidden from the emulator and its functions. */
import { execFile, spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const hide = [
  "--mount",
  "--propagation",
  "private",
  "sh",
  "-c",
  'mount -t tmpfs none /proc && exec "$@"',
  "sh",
] as const;
const canHide = spawnSync("unshare", [...hide, "true"]).status === 0;
const why = canHide ? "" : " (skipped: needs unshare and the right to mount)";

test.skipIf(!canHide)(`without /proc functions answer, fail, are ended, and report no memory${why}`, async () => {
  const probe = new URL("../support/no-proc-probe.ts", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)("unshare", [...hide, realpathSync(process.execPath), probe]);
  const { log, ...outcome } = JSON.parse(stdout) as { readonly log: readonly string[] };
  expect(outcome).toEqual({
    hasProc: false,
    answers: [
      "well",
      expect.objectContaining({ errorType: "Sandbox.Timedout" }),
      expect.objectContaining({ errorType: "Runtime.ExitError" }),
      "well again",
    ],
    isHungAlive: false,
  });
  const reports = log.filter((line) => line.startsWith("REPORT"));
  expect(reports).toHaveLength(4);
  for (const report of reports) expect(report).not.toContain("Max Memory Used");
});
