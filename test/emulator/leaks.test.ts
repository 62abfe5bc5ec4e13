/** Many emulators, one after the other, in a process of their own: what they held is given back. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { findMarked } from "../support/marked-processes.ts";
import { test } from "../support/temporary-folder.ts";

const bootstrap = new URL("../fixtures/functions/chaos-bootstrap.mjs", import.meta.url).pathname;
const probe = new URL("../support/leak-probe.ts", import.meta.url).pathname;
/** An emulator that is kept is ten times as large; what the engine compiles and drops is a few kilobytes for each. */
const maxHeapBytesPerEmulator = 40_000;

interface Measurement {
  readonly resources: readonly string[];
  readonly descriptors: number;
  readonly heapBytes: number;
  readonly listeners: number;
}

test("200 emulators leave nothing", async ({ folder }) => {
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const source = join(folder, "bootstrap");
  writeFileSync(source, `#!/bin/sh\nLEAK_RUN='${folder}' exec '${process.execPath}' '${bootstrap}'\n`, { mode: 0o755 });
  const child = spawn(process.execPath, ["--expose-gc", "--no-warnings", probe, source], {
    env: { ...process.env, TMPDIR: temporary, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect(exitCode).toBe(0);
  const measurements = JSON.parse(output) as readonly Measurement[];
  const [first, , , last] = measurements;
  if (first === undefined || last === undefined) throw new Error("four measurements were expected");
  // Its own output, and nothing else.
  for (const { resources } of measurements) {
    expect(resources).toEqual(first.resources);
    expect(resources.filter((name) => name !== "PipeWrap")).toEqual([]);
  }
  expect(last).toMatchObject({ descriptors: first.descriptors, listeners: first.listeners });
  expect((last.heapBytes - first.heapBytes) / 150).toBeLessThan(maxHeapBytesPerEmulator);
  expect(readdirSync(temporary)).toEqual([]);
  await expect.poll(() => findMarked(`LEAK_RUN=${folder}`)).toEqual([]);
});
