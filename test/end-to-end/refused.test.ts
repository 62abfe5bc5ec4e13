/** Executables that are made without an error, and would not run on the platform: no archive leaves. */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { hostEngine } from "../../builder/index.ts";
import { parseArchitecture } from "../../images/platforms.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 120_000;
const platform = `al2-${parseArchitecture(process.arch)}`;
const whyNoCompiler = process.platform === "linux" ? whyNoProgram("g++", "--version") : "this is no Linux machine";

async function build(project: string, out: string) {
  return runCommand("build", [project, "--platform", platform, "--site", "host", "--out-dir", out]);
}

test("C++ of a machine with a newer glibc", { timeout }, async ({ folder, skip }) => {
  skipWithReason(skip, whyNoCompiler);
  const project = join(folder, "project");
  cpSync("examples/cpp", project, { recursive: true });
  const out = join(folder, "out");
  const { exitCode, stdout, stderr } = await build(project, out);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(
    /^error: bootstrap would not start on al2-\w+: (it|[^]*- it) needs GLIBC_2\.\d+ of libc\.so\.6; the platform has up to GLIBC_2\.26/m,
  );
  expect(stderr).toMatch(/^hint: .*--site docker/m);
  expect(readdirSync(out)).toEqual([]);
});

test("a Bun executable whose application was stripped off", { timeout }, async ({ folder, skip }) => {
  skipWithReason(skip, whyNoProgram("make", "--version"));
  // What strip leaves of one is Bun itself, which prints its help and ends well.
  const bun = await hostEngine("bun");
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "Makefile"), `bootstrap:\n\tcp ${bun} bootstrap\n`);
  const out = join(folder, "out");
  const { exitCode, stderr } = await build(project, out);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^error: The bootstrap exited with code \d+ before it asked for an event \(SMOKE_RUN_FAILED\)$/m,
  );
  expect(readdirSync(out)).toEqual([]);
});
