/** Whose a temporary file is, by its name. */
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { isOwnerGone, ownedName, removeLeftovers, thisProcess } from "../../process/index.ts";
import { test } from "../support/temporary-folder.ts";

test("what a process that has ended left is removed, and nothing else", async ({ folder }) => {
  const module = new URL("../../process/index.ts", import.meta.url).href;
  const script = `const { ownedName } = await import(${JSON.stringify(module)}); process.stdout.write(ownedName("zip"));`;
  const dead = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" }).stdout;
  expect(dead).toMatch(/^zip~.*~\d+~\d*~[0-9a-f]{12}$/);
  const [, host = "", pid = ""] = dead.split("~");
  const kept = [
    ownedName("zip"),
    // Of another host, of which nobody here knows; another prefix; and names that only begin alike.
    dead.replace(host, "elsewhere"),
    dead.replace("zip", "tar"),
    "zip~",
    `zip~${host}~not-a-pid~1~0`,
    "zip",
  ];
  for (const name of [dead, `${dead}.partial`, ...kept]) writeFileSync(join(folder, name), "");
  await removeLeftovers(folder, "zip");
  expect(readdirSync(folder).toSorted()).toEqual(kept.toSorted());
  expect(isOwnerGone({ host: hostname(), pid: Number(pid), start: undefined })).toBe(true);
});

test("a pid that is another process's by now is not its owner", ({ skip }) => {
  const { host, pid, start } = thisProcess();
  if (start === undefined) skip("there is no /proc");
  expect(isOwnerGone({ host, pid, start })).toBe(false);
  expect(isOwnerGone({ host, pid, start: `${Number(start) + 1}` })).toBe(true);
  expect(isOwnerGone({ host, pid: Number.NaN, start })).toBe(false);
});

test("a folder that is not there has nothing to remove", async ({ folder }) => {
  await expect(removeLeftovers(join(folder, "absent"), "zip")).resolves.toBeUndefined();
});
