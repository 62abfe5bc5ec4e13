/** `emulate` with a project in Rust or Go, compiled on this machine. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { repositoryFolder, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const languages = [
  { name: "Rust", source: "rust", file: "src/main.rs", compiler: ["cargo", "--version"], broken: "error[E" },
  { name: "Go", source: "go", file: "main.go", compiler: ["go", "version"], broken: "./main.go:" },
] as const;

/** The first one compiles Go's own packages, too. */
const compileTimeoutMs = 300_000;

describe.each(languages)("$name", { timeout: compileTimeoutMs }, ({ name, source, file, compiler, broken }) => {
  function copyProject(folder: string): string {
    const project = join(folder, "greeter");
    mkdirSync(project);
    cpSync(`${repositoryFolder}test/fixtures/projects/${source}`, project, { recursive: true });
    return project;
  }
  const change = (path: string, from: string, to: string): void =>
    writeFileSync(path, readFileSync(path, "utf8").replace(from, to));

  test("is compiled and answers", async ({ folder, skip }) => {
    skipWithReason(skip, whyNoProgram(compiler[0], compiler[1]));
    const { stdout, exitCode } = await runCommand("emulate", [copyProject(folder), "--event", '{"a":1}']);
    expect(JSON.parse(stdout)).toEqual({ greeting: `hello from ${name}`, event: { a: 1 } });
    expect(exitCode).toBe(0);
  });

  test("that does not compile shows what the compiler says", async ({ folder, skip }) => {
    skipWithReason(skip, whyNoProgram(compiler[0], compiler[1]));
    const project = copyProject(folder);
    change(join(project, file), `"hello from ${name}"`, "nothing");
    const { stderr, exitCode } = await runCommand("emulate", [project, "--event", "{}"]);
    expect(stderr).toContain(broken);
    expect(stderr).toMatch(/error: Compiling .* failed: .* ended with exit status \d+ \(COMPILE_FAILED\)\n$/);
    expect(exitCode).toBe(1);
  });

  test("is compiled again and swapped when a source changes", async ({ folder, skip }) => {
    skipWithReason(skip, whyNoProgram(compiler[0], compiler[1]));
    const project = copyProject(folder);
    const answers: unknown[] = [];
    let step = 0;
    const result = await runCommand("emulate", [project, "--port", "0"], {
      onStderr(child, stderr) {
        const url = /http:\/\/127\.0\.0\.1:\d+/.exec(stderr)?.[0];
        const invoke = async (): Promise<void> => {
          const response = await fetch(`${url}/2015-03-31/functions/greeter/invocations`, { method: "POST" });
          answers.push(((await response.json()) as { greeting: string }).greeting);
        };
        if (step === 0 && url !== undefined) {
          step = 1;
          void invoke().then(() => change(join(project, file), "hello from", "good day from"));
        } else if (step === 1 && stderr.includes("Reloaded greeter")) {
          step = 2;
          void invoke().finally(() => child.kill("SIGINT"));
        }
      },
    });
    expect(answers).toEqual([`hello from ${name}`, `good day from ${name}`]);
    expect(result.exitCode).toBe(130);
  });
});

test("a compiler that is not installed is asked for", async () => {
  const project = `${repositoryFolder}test/fixtures/projects/go`;
  const environment = { PATH: dirname(process.execPath) };
  const { stderr, exitCode } = await runCommand("emulate", [project, "--event", "{}"], { environment });
  expect(stderr).toBe(
    "error: go cannot be run: spawn go ENOENT (COMPILE_FAILED)\n" +
      "hint: Install it (https://go.dev/doc/install), or emulate a function.zip\n",
  );
  expect(exitCode).toBe(1);
});
