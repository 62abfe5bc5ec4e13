/** Wrong use and broken input: a clear error, the right exit code, and never a stack trace. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { noDocker, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const hello = "examples/hello";
type Row = readonly [name: string, args: readonly string[], exitCode: number, stderr: RegExp];

const buildRows: readonly Row[] = [
  [
    "an unknown flag",
    [hello, "--platfrom", "al2-arm64"],
    2,
    /^error: unknown option '--platfrom'\n\(Did you mean --platform\?\)/,
  ],
  ["no platform", [hello], 2, /^error: No --platform was given\nhint: Platforms: al2-x86_64, /],
  [
    "an unknown platform",
    [hello, "--platform", "al2-arm46"],
    2,
    /is invalid\. Platforms are .* Did you mean al2-arm64\?/,
  ],
  ["a platform far from any", [hello, "--platform", "windows"], 2, /Platforms are al2-x86_64, [^?]*\n/],
  ["an unknown site", [hello, "--platform", "al2-arm64", "--site", "moon"], 2, /Allowed choices are docker, host/],
  ["two projects", [hello, hello, "--platform", "al2-arm64"], 2, /too many arguments/],
  [
    "a path that does not exist",
    ["nowhere", "--platform", "al2-arm64"],
    1,
    /^error: There is nothing at .*nowhere \(PROJECT_NOT_FOUND\)/,
  ],
  [
    "a folder without a handler",
    ["images/al2", "--platform", "al2-arm64"],
    1,
    /^error: There is no handler module in .*\nhint: Looked for/,
  ],
  ["a file that is no module", ["LICENSE", "--platform", "al2-arm64"], 1, /is not a TypeScript or JavaScript module/],
  [
    "Node.js on Amazon Linux 2",
    [hello, "--platform", "al2-arm64", "--engine", "node"],
    1,
    /needs glibc 2\.28 .*\nhint: Use --engine bun/,
  ],
  [
    "a folder that is a file",
    [hello, "--platform", "al2-x86_64", "--out-dir", "LICENSE"],
    2,
    /^error: The folder .*LICENSE cannot hold the archive: EEXIST.* \(BAD_OPTIONS\)/,
  ],
  [
    "a module without the export",
    ["test/fixtures/functions/no-handler.ts", "--platform", "al2-x86_64"],
    1,
    /exports handel, but no "handler" \(HANDLER_NOT_EXPORTED\)\nhint: export const handler/,
  ],
  [
    "a syntax error",
    ["test/fixtures/broken/syntax-error.ts", "--platform", "al2-x86_64"],
    1,
    /test\/fixtures\/broken\/syntax-error\.ts:2:21: Expected "}" but found ";"/,
  ],
];

const emulateRows: readonly Row[] = [
  ["no source", [], 2, /^error: missing required argument 'source'/],
  ["an unknown flag", [hello, "--evnt", "{}"], 2, /Did you mean --event\?/],
  ["a port that is none", [`${hello}/handler.ts`, "--port", "http"], 2, /must be a whole number from 0 to 65535/],
  [
    "an event that is no JSON",
    [`${hello}/handler.ts`, "--event", "{name}"],
    2,
    /^error: The value of --event is not valid JSON/,
  ],
  ["an event file that is not there", [`${hello}/handler.ts`, "--event", "event.json"], 2, /neither JSON nor a file/],
  [
    "one name for two functions",
    [`${hello}/handler.ts`, `${hello}/handler.ts`],
    2,
    /Two functions would be named "hello"/,
  ],
  [
    "a variable that Lambda reserves",
    [`${hello}/handler.ts`, "--env", "AWS_REGION=x", "--event", "{}"],
    2,
    /Lambda reserves AWS_REGION/,
  ],
  [
    "a path that does not exist",
    ["nowhere.ts", "--event", "{}"],
    1,
    /^error: There is nothing at .*nowhere\.ts \(SOURCE_NOT_FOUND\)/,
  ],
  ["a file of no known kind", ["LICENSE", "--event", "{}"], 1, /is neither a handler module nor an executable file/],
  ["a syntax error", ["test/fixtures/broken/syntax-error.ts", "--event", "{}"], 1, /syntax-error\.ts:2:21: /],
  [
    "a module without the export",
    ["test/fixtures/functions/no-handler.ts", "--event", "{}"],
    1,
    /HANDLER_NOT_EXPORTED/,
  ],
  [
    "source in a container",
    [`${hello}/handler.ts`, "--platform", "al2-arm64", "--event", "{}"],
    2,
    /is source[^]*hint: Build it first/,
  ],
];

describe.each([
  ["build", buildRows],
  ["emulate", emulateRows],
] as const)("%s", (command, rows) => {
  test.each(rows)("%s", async (_name, args, exitCode, stderr) => {
    const result = await runCommand(command, args, { environment: noDocker });
    expect(result.stderr).toMatch(stderr);
    expect(result).toMatchObject({ exitCode, stdout: "" });
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  test("--help shows examples, --version the version", async () => {
    const help = await runCommand(command, ["--help"]);
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toMatch(new RegExp(`^Usage: ${command} [^]*\nExamples:\n`));
    expect(await runCommand(command, ["--version"])).toMatchObject({ exitCode: 0, stdout: "0.1.0\n" });
  });
});

test.each([
  ["text", "this is text"],
  ["an empty file", ""],
  ["a cut archive", "PK\u0003\u0004 and nothing more"],
])("a zip that is %s is refused", async (_name, content) => {
  const { mkdtemp, rm } = await import("node:fs/promises");
  const folder = await mkdtemp("/tmp/runtime-aws-lambda-test-");
  writeFileSync(join(folder, "function.zip"), content);
  const result = await runCommand("emulate", [join(folder, "function.zip"), "--event", "{}"]);
  await rm(folder, { recursive: true });
  expect(result).toMatchObject({ exitCode: 1, stdout: "" });
  expect(result.stderr).toMatch(/^error: .*function\.zip.* \(BAD_ARCHIVE\)/);
});

describe("Docker asked for, but not there", () => {
  const args = [hello, "--platform", "al2-x86_64"];

  test("lists what was tried and why it failed", async ({ folder }) => {
    const result = await runCommand("build", [...args, "--site", "docker", "--out-dir", folder], {
      environment: noDocker,
    });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toMatch(
      /^error: .* \(DOCKER_UNREACHABLE\)\n {2}unix:\/\/\/nonexistent\/docker\.sock \(DOCKER_HOST\): no such socket\nhint: /,
    );
    expect(existsSync(join(folder, "function.zip"))).toBe(false);
  });

  test("an address given by hand is never replaced by another site", async () => {
    const result = await runCommand("build", [...args, "--docker-host", "tcp://127.0.0.1:1"]);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain("DOCKER_UNREACHABLE");
  });
});

test("--json reports an error on stdout too", async () => {
  const { stdout } = await runCommand("build", ["nowhere", "--platform", "al2-arm64", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "PROJECT_NOT_FOUND" } });
});

test("a failed build leaves the previous archive as it was", async ({ folder }) => {
  const zip = join(folder, "function.zip");
  writeFileSync(zip, "previous");
  const args = [
    "test/fixtures/functions/init-exit.ts",
    "--platform",
    "al2-x86_64",
    "--site",
    "host",
    "--out-dir",
    folder,
  ];
  const { exitCode, stderr } = await runCommand("build", args);
  expect(exitCode, stderr).toBe(1);
  expect(stderr).toMatch(
    /exited with code 7 before it asked for an event \(SMOKE_RUN_FAILED\)\n {2}\| \S+\t-\tERROR\tleaving\nhint: /,
  );
  const { readFileSync, readdirSync } = await import("node:fs");
  expect(readFileSync(zip, "utf8")).toBe("previous");
  expect(readdirSync(folder)).toEqual(["function.zip"]);
});
