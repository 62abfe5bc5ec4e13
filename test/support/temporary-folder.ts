/** A vitest `test` whose `folder` is a fresh temporary folder, removed afterwards. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base } from "vitest";

export const test = base.extend<{ folder: string }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures it depends on
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "runtime-aws-lambda-test-"));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
});
