/** `--rate`, `--cron` and `schedules` of the configuration file. That they fire is tested by a clock of the test's own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { repositoryFolder, runCommand, type CommandResult } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const hello = join(repositoryFolder, "examples/hello/handler.ts");

/** Ended as soon as it listens. */
function emulateUntilReady(...args: string[]): Promise<CommandResult> {
  return runCommand("emulate", [...args, "--port", "0"], {
    onStdout: (child, stdout) => stdout.includes("\n") && child.kill("SIGINT"),
  });
}

/** A configuration file with a function that has a schedule, and one that has none. */
function writeConfig(folder: string): string {
  const path = join(folder, "lambda.config.json");
  const functions = { hello: { source: hello, schedules: ["rate(1 hour)"] }, other: { source: hello } };
  writeFileSync(path, JSON.stringify({ functions }));
  return path;
}

describe("emulate", () => {
  test("takes rates and cron expressions, with and without their names", async () => {
    const rates = ["--rate", "5 minutes", "--rate", "rate(1 day)"];
    const crons = ["--cron", "0 10 1 1 ? 2199", "--cron", "cron(0 10 ? JAN MON#1 2199)"];
    const { stderr, exitCode } = await emulateUntilReady(hello, ...rates, ...crons);
    expect(stderr.split("\n").slice(0, 4)).toEqual([
      expect.stringMatching(/^rate\(5 minutes\) invokes hello first at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      expect.stringMatching(/^rate\(1 day\) invokes hello first at /),
      "cron(0 10 1 1 ? 2199) invokes hello first at 2199-01-01T10:00:00Z",
      "cron(0 10 ? JAN MON#1 2199) invokes hello first at 2199-01-07T10:00:00Z",
    ]);
    expect(exitCode).toBe(130);
  });

  test("takes them from the file, and flags instead of those", async ({ folder }) => {
    const path = writeConfig(folder);
    const fromFile = await emulateUntilReady("--config", path);
    expect(fromFile.stderr.match(/^.* invokes .* first/gm)).toEqual(["rate(1 hour) invokes hello first"]);
    const overridden = await emulateUntilReady("--config", path, "--rate", "2 hours");
    expect(overridden.stderr.match(/^.* invokes .* first/gm)).toEqual([
      "rate(2 hours) invokes hello first",
      "rate(2 hours) invokes other first",
    ]);
  });

  test("leaves them alone when one invocation is asked for", async ({ folder }) => {
    const args = ["hello", "--config", writeConfig(folder), "--event", '{"name":"Ada"}'];
    const { stdout, stderr, exitCode } = await runCommand("emulate", args);
    expect({ stdout, exitCode }).toEqual({ stdout: '{"message":"Hello, Ada!"}\n', exitCode: 0 });
    expect(stderr).not.toContain("rate(");
  });

  test.each([
    ["--rate", "1 hour", "--event", "{}"],
    ["--rate", "1 hour", "--events", "."],
    ["--cron", "0 10 * * ? *", "--event", "{}"],
    ["--cron", "0 10 * * ? *", "--events", "."],
  ])("%s %s is refused with %s", async (flag, value, oneShot, event) => {
    const { stderr, exitCode } = await runCommand("emulate", [hello, flag, value, oneShot, event]);
    expect(stderr).toMatch(new RegExp(`option '${flag} <\\w+>' cannot be used with option '${oneShot} <\\w+>'`));
    expect(exitCode).toBe(2);
  });

  test("says what an expression takes", async () => {
    const { stderr, exitCode } = await runCommand("emulate", [hello, "--rate", "1 minutes", "--port", "0"]);
    expect(stderr).toBe(
      'error: Function hello: schedules[0]: rate takes minute for 1 and minutes for more; it is "1 minutes" (BAD_OPTIONS)\n' +
        "hint: Write rate(1 minute)\n",
    );
    expect(exitCode).toBe(2);
  });
});
