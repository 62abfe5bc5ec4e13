/** docs/builder.md: its commands are explained, its program runs. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { noDocker, repositoryFolder, runCommand } from "../support/run-command.ts";

const run = promisify(execFile);
const text = readFileSync(join(repositoryFolder, "docs/builder.md"), "utf8");

test("its commands are understood", async () => {
  const commands = [...text.matchAll(/^npx build ([^#\n]*)/gm)].map(([, args = ""]) => args.trim().split(/\s+/));
  expect(commands.length).toBeGreaterThan(1);
  for (const args of commands) {
    // oxlint-disable-next-line no-await-in-loop -- few
    const { exitCode, stdout, stderr } = await runCommand("build", [...args, "--explain"], { environment: noDocker });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^toolchain +(rust|go|make), detected by /m);
  }
});

test("its program builds", async () => {
  const [, name = "", code = ""] = /```ts\n\/\/ (\S+)\n([^]*?)```/.exec(text) ?? [];
  // In dist, so that "runtime-aws-lambda" is this package.
  mkdirSync(join(repositoryFolder, "dist"), { recursive: true });
  const folder = mkdtempSync(join(repositoryFolder, "dist/snippets-"));
  try {
    cpSync(join(repositoryFolder, "examples/hello"), join(folder, "examples/hello"), { recursive: true });
    writeFileSync(join(folder, name), code);
    const { stdout, stderr } = await run(process.execPath, [name], { cwd: folder });
    expect(stdout).toMatch(/examples\/hello\/function\.zip [0-9a-f]{64}\n$/);
    expect(stderr).toContain("AWS deprecates provided.al2");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
