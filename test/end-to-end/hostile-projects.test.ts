/** Projects that are not what they seem: one clear line, no stack, nothing that hangs and nothing left. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { parseArchitecture } from "../../images/platforms.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const platform = `al2023-${parseArchitecture(process.arch)}`;

async function build(project: string, folder: string, environment: Readonly<Record<string, string>> = {}) {
  mkdirSync(join(folder, "temporary"), { recursive: true });
  const args = [project, "--platform", platform, "--site", "host", "--out-dir", join(folder, "out")];
  const result = await runCommand("build", args, {
    environment: { TMPDIR: join(folder, "temporary"), ...environment },
  });
  expect(result.stderr).not.toMatch(/\n\s+at |internal error/);
  expect(readdirSync(join(folder, "temporary"))).toEqual([]);
  return result;
}

test.for([
  [
    "a folder",
    "@mkdir -p bootstrap",
    /ended well, but there is something else than a file at .*\/bootstrap afterwards/,
  ],
  [
    "a pipe",
    "@rm -f bootstrap; mkfifo bootstrap",
    /ended well, but there is something else than a file at .*\/bootstrap/,
  ],
  ["nothing", "@true", /make ended well, but there is no .*\/bootstrap afterwards \(COMPILE_FAILED\)/],
  ["empty", "@: > bootstrap", /bootstrap is no ELF executable: it is empty \(PLATFORM_REFUSED\)/],
  ["a text", "@echo hello > bootstrap", /: bootstrap is no ELF executable: it starts with 'hello/],
  [
    "a script for another program",
    "@echo '#!/usr/bin/python3' > bootstrap",
    /bootstrap is a script for \/usr\/bin\/python3, which/,
  ],
  [
    "a program that ends",
    "@printf '#!/bin/sh\\nexit 0\\n' > bootstrap",
    /exited with code 0 before it asked for an event/,
  ],
  ["killed", "@kill -9 $$PPID", /make was ended by SIGKILL \(COMPILE_FAILED\)/],
] as const)("a Makefile whose bootstrap is %s", async ([, recipe, message], { folder, skip }) => {
  skipWithReason(skip, whyNoProgram("make", "--version"));
  const project = join(folder, 'it\'s "odd" $(echo) é');
  mkdirSync(project);
  writeFileSync(join(project, "Makefile"), `bootstrap:\n\t${recipe}\n`);
  const { exitCode, stdout, stderr } = await build(project, folder);
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^error: /m);
  expect(stderr).toMatch(message);
  expect(readdirSync(join(folder, "out"))).toEqual([]);
});

test.for([
  ["null", { "package.json": "null" }],
  ["a list", { "package.json": "[]" }],
  ["a folder", { "package.json/.keep": "" }],
  ["names what is a folder", { "package.json": '{"main":"lib.js"}', "lib.js/.keep": "", "handler.ts/.keep": "" }],
] as const)("a package.json that is %s: the search goes on", async ([, files], { folder }) => {
  const project = join(folder, "project");
  // The last one that is looked for.
  const all = { ...files, "src/main.js": "export const handler = () => 1;\n" };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), content);
  }
  const args = [project, "--platform", platform, "--site", "host", "--explain"];
  const { stdout, stderr } = await runCommand("build", args);
  expect(stdout, stderr).toMatch(/^toolchain +typescript, detected by src\/main\.js/m);
});

test("a Makefile that is a folder is none", async ({ folder }) => {
  mkdirSync(join(folder, "project/Makefile"), { recursive: true });
  const { exitCode, stderr } = await build(join(folder, "project"), folder);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^error: There is no project in .*\/project \(PROJECT_NOT_FOUND\)$/m);
});

test("a compiler that is not installed is asked for", async ({ folder }) => {
  const { exitCode, stderr } = await build("examples/cpp", folder, { PATH: dirname(process.execPath) });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^error: make could not be started on this machine: spawn make ENOENT \(COMPILE_FAILED\)\nhint: Install make, or build/m,
  );
});

const whyNoPermissions = process.getuid?.() === 0 ? whyNoProgram("setpriv", "--version") : undefined;

test.for([
  [
    "a file to include",
    { "handler.js": "export const handler = async () => 1;\n", "assets/secret": "" },
    "assets/secret",
    ["--include", "{project}/assets"],
    /^error: "\/.*assets" cannot be included: EACCES: .*secret' \(BAD_OPTIONS\)$/m,
  ],
  [
    "a source",
    { Makefile: "bootstrap:\n\ttouch bootstrap\n", "lib/secret.c": "" },
    "lib/secret.c",
    [],
    /^error: A part of the project cannot be read: EACCES: .*secret\.c' \(PROJECT_UNREADABLE\)\nhint: Make it readable/m,
  ],
  [
    "a handler module",
    { "handler.js": "export const handler = async () => 1;\n" },
    "handler.js",
    [],
    /^error: Bundling .*handler\.js failed: \(BUNDLE_FAILED\)\nCannot read file ".*handler\.js": permission denied$/m,
  ],
] as const)("%s that cannot be read", async ([, files, secret, more, message], { folder, skip }) => {
  skipWithReason(skip, whyNoPermissions);
  const project = join(folder, "project");
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), content);
  }
  chmodSync(join(project, secret), 0);
  const args = [project, "--platform", platform, "--site", "host", "--out-dir", join(folder, "out")];
  const given = more.map((each) => each.replace("{project}", project));
  const { exitCode, stderr } = await runCommand("build", [...args, ...given], { obeysPermissions: true });
  expect(stderr).toMatch(message);
  expect(exitCode).not.toBe(0);
  expect(readdirSync(join(folder, "out"))).toEqual([]);
});

test("a folder for the archive that cannot be written", async ({ folder, skip }) => {
  skipWithReason(skip, whyNoPermissions);
  mkdirSync(join(folder, "out"), { mode: 0o500 });
  const args = ["examples/hello", "--platform", platform, "--site", "host", "--out-dir", join(folder, "out")];
  const { exitCode, stderr } = await runCommand("build", args, { obeysPermissions: true });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error: The folder .*\/out cannot hold the archive: EACCES: .* \(BAD_OPTIONS\)$/m);
});

test("a file system that makes no folders", async ({ skip }) => {
  if (process.platform !== "linux") skip("there is no /proc");
  const args = ["examples/hello", "--platform", platform, "--site", "host", "--out-dir", "/proc/none/out"];
  const { exitCode, stderr } = await runCommand("build", args);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error: The folder \/proc\/none\/out cannot hold the archive: ENOENT: .* \(BAD_OPTIONS\)$/m);
});

test("an error about the archive names it as the user does", async ({ folder }) => {
  writeFileSync(join(folder, "handler.js"), "export const handler = () => 1;\n");
  const include = `${"n".repeat(70_000)}:${join(folder, "handler.js")}`;
  const args = [folder, "--platform", platform, "--site", "host", "--no-smoke-run", "--include", include];
  const { exitCode, stderr } = await runCommand("build", args);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`error: Writing ${join(folder, "function.zip")}: the entry "nnn`);
  expect(readdirSync(folder)).toEqual(["handler.js"]);
});
