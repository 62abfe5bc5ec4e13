/** Wrong use and broken input: a clear error, the right exit code, and never a stack trace. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { isNodeSupported, minNodeVersion } from "../../cli/node-version.ts";
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
    /^error: There is no project in .*\nhint: Looked for/,
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
  ["no source", [], 2, /^error: There is no source, and no lambda\.config\.ts here\nhint: Name one/],
  ["an unknown flag", [hello, "--evnt", "{}"], 2, /Did you mean --event\?/],
  ["a port that is none", [`${hello}/handler.ts`, "--port", "http"], 2, /must be a whole number from 0 to 65535/],
  [
    "an event that is no JSON",
    [`${hello}/handler.ts`, "--event", "{name}"],
    2,
    /^error: The value of --event is not valid JSON/,
  ],
  [
    "an event file that is not there",
    [`${hello}/handler.ts`, "--event", "event.json"],
    2,
    /neither JSON, nor a file, nor the name of a sample event: event\.json\n$/,
  ],
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
      /^error: .* \(DOCKER_UNREACHABLE\)\n {2}unix:\/\/\/nonexistent\/docker\.sock \(DOCKER_HOST\): no such socket\nhint: /m,
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
  expect(readFileSync(zip, "utf8")).toBe("previous");
  expect(readdirSync(folder)).toEqual(["function.zip"]);
});

test("--json reports wrong usage on stdout too", async () => {
  const { stdout, exitCode } = await runCommand("emulate", ["--json", "--porto", "1", "x"]);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: { code: "USAGE", message: expect.stringContaining("'--porto'") as string },
  });
});

test("an event above Lambda's limit is one line", async ({ folder }) => {
  const file = join(folder, "event.json");
  writeFileSync(file, `"${"x".repeat(6_291_456)}"`);
  const { exitCode, stderr } = await runCommand("emulate", [`${hello}/handler.ts`, "--event", file]);
  expect(exitCode).toBe(1);
  expect(stderr).toBe(
    "error: Request must be smaller than 6291456 bytes for the InvokeFunction operation (RequestEntityTooLargeException)\n",
  );
});

test.each([
  ["null", "null"],
  ["12345678901234567890", "12345678901234567890"],
])("the event %s arrives as it is written", async (event, received) => {
  const source = "test/fixtures/functions/bootstrap.sh";
  const { stdout } = await runCommand("emulate", [source, "--quiet", "--event", event]);
  expect(stdout).toBe(`{"shell":${received}}\n`);
});

test("a handler named with its file is told what --handler takes", async () => {
  const { stderr } = await runCommand("emulate", [`${hello}/handler.ts`, "--handler", "index.handler", "--event", "1"]);
  expect(stderr).toContain("hint: Name the export alone, without the file: handler\n");
});

test("Docker's own hints do not speak of building when something is emulated", async () => {
  const args = ["test/fixtures/functions/bootstrap.sh", "--platform", "al2-arm64", "--event", "1"];
  const { stderr } = await runCommand("emulate", args, { environment: noDocker });
  expect(stderr).toContain("hint: Start Docker or podman, or name a daemon by DOCKER_HOST\n");
});

test("a result that cannot be written is a failure", async () => {
  const command = `"$0" dist/cli/emulate.js ${hello}/handler.ts --quiet --event 1 > /dev/full`;
  const { status, stderr } = spawnSync("/bin/sh", ["-c", command, process.execPath], { encoding: "utf8" });
  expect(stderr).toMatch(/^error: Writing the result to stdout failed: ENOSPC/);
  expect(status).toBe(1);
});

test("a stderr that nobody reads any more does not end the work", async ({ folder }) => {
  const args = `build ${hello} --platform al2023-x86_64 --site host --verbose --out-dir ${folder}`.split(" ");
  const [name = "", ...rest] = args;
  const script = `"$0" dist/cli/${name}.js ${rest.join(" ")} 2>&1 >"$1" | head -1`;
  const { stdout } = spawnSync("/bin/bash", ["-c", script, process.execPath, join(folder, "result")], {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: folder },
  });
  expect(stdout).toContain("al2023-x86_64: ");
  expect(readFileSync(join(folder, "result"), "utf8")).toBe(`${join(folder, "function.zip")}\n`);
  expect(readdirSync(folder).toSorted()).toEqual(["function.manifest.json", "function.zip", "result"]);
});

test("an older Node.js is told which one is needed, without a stack", () => {
  const [major, minor] = minNodeVersion;
  const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
  expect(engines.node).toBe(`>=${major}.${minor}`);
  expect(isNodeSupported(`${major}.${minor}.0`)).toBe(true);
  expect(isNodeSupported(`${major + 1}.0.0`)).toBe(true);
  // The machine's own Node.js, where it is such a one.
  const version = /^v(\S+)/.exec(spawnSync("/usr/bin/node", ["--version"], { encoding: "utf8" }).stdout ?? "")?.[1];
  if (version === undefined || Number.parseInt(version, 10) >= major) {
    console.warn(`No older Node.js is at /usr/bin/node (${version ?? "nothing"}): only the check itself is tested`);
    return;
  }
  for (const command of ["build", "emulate"]) {
    const { status, stderr } = spawnSync("/usr/bin/node", [`dist/cli/${command}.js`, "--version"], {
      encoding: "utf8",
    });
    expect(stderr).toBe(`error: runtime-aws-lambda needs Node.js 22.18 or later; this is ${version}\n`);
    expect(status).toBe(1);
  }
});
