/** Executables that are made without an error, and would not run on the platform: no archive leaves. */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { hostEngine } from "../../builder/index.ts";
import { parseArchitecture } from "../../images/platforms.ts";
import { baseImageFor, dockerTest } from "../support/docker.ts";
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

test("C for musl", { timeout }, async ({ folder, skip }) => {
  skipWithReason(skip, whyNoProgram("musl-gcc", "--version"));
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "main.c"), "int main(void) { return 0; }\n");
  writeFileSync(join(project, "Makefile"), "bootstrap:\n\tmusl-gcc -o bootstrap main.c\n");
  const out = join(folder, "out");
  const { exitCode, stdout, stderr } = await build(project, out);
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/asks for the dynamic linker \/lib\/ld-musl-\w+\.so\.1 \(musl\); the platform has \/lib/);
  expect(stderr).toMatch(/^hint: Link it fully static, or against glibc$/m);
  expect(readdirSync(out)).toEqual([]);
});

/** Makefiles that lie, in the platform's own image. zig is in the stand-in of Amazon Linux 2, with glibc 2.26 for both. */
const lies = [
  [
    "for another processor",
    "ZIG_GLOBAL_CACHE_DIR=/opt/zig/cache /opt/zig/ziglang/zig cc -target aarch64-linux-gnu.2.26 -o bootstrap main.c",
    /is built for arm64, not for x86_64/,
  ],
  [
    "with a library of its own that stays behind",
    "$(CC) -shared -o libown.so own.c && $(CC) -o bootstrap main.c -L. -lown",
    /needs the library libown\.so, which the platform does not promise/,
  ],
] as const;
for (const [what, recipe, reason] of lies) {
  dockerTest(`C ${what}`, { platforms: ["al2-x86_64"], timeoutMs: 300_000 }, async ({ folder, skip }) => {
    const image = baseImageFor("al2-x86_64");
    if (image === undefined) skip("Amazon Linux has no zig");
    const project = join(folder, "project");
    mkdirSync(project);
    const isLinked = recipe.includes("-lown");
    writeFileSync(join(project, "own.c"), "int own(void) { return 0; }\n");
    writeFileSync(
      join(project, "main.c"),
      isLinked ? "int own(void);\nint main(void) { return own(); }\n" : "int main(void) {}\n",
    );
    writeFileSync(join(project, "Makefile"), `bootstrap:\n\t${recipe}\n`);
    const out = join(folder, "out");
    const args = [project, "--platform", "al2-x86_64", "--base-image", `${image}-toolchains`, "--out-dir", out];
    const { exitCode, stdout, stderr } = await runCommand("build", args);
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/^error: bootstrap would not start on al2-x86_64: [^]*/m);
    expect(stderr).toContain("(PLATFORM_REFUSED)");
    expect(stderr).toMatch(reason);
    expect(readdirSync(out)).toEqual([]);
  });
}

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
