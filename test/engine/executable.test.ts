/** The compiled engine says nothing of the machine that it was compiled on. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hostEngine } from "../../builder/index.ts";
import { engineTimeoutMs } from "../support/native-engine.ts";
import { repositoryFolder } from "../support/run-command.ts";

test("there is no folder of this machine in it", { timeout: engineTimeoutMs }, async () => {
  const bytes = await readFile(await hostEngine("native"));
  const { CARGO_HOME = join(homedir(), ".cargo") } = process.env;
  // Where a crate panics is told, by a name that is the same everywhere.
  expect(bytes.includes("/cargo/registry/src/")).toBe(true);
  const folders = [CARGO_HOME, join(homedir(), ".cache"), repositoryFolder];
  expect(folders.filter((folder) => bytes.includes(folder))).toEqual([]);
});
