/** Several projects for several platforms in one command. */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { noDocker, repositoryFolder, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 120_000;
const platforms = ["--platform", "al2-arm64", "--platform", "al2023-x86_64"];
const archives = ["function-al2-arm64.zip", "function-al2023-x86_64.zip"];

function copyProject(folder: string, name: string): void {
  mkdirSync(join(folder, name));
  cpSync(`${repositoryFolder}examples/hello/handler.ts`, join(folder, name, "handler.ts"));
}

function addBroken(folder: string, name: string): void {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "handler.ts"), "export const handler = () => {;\n");
}

test(
  "two projects for two platforms make four archives, and each line says whose it is",
  { timeout },
  async ({ folder }) => {
    for (const name of ["api", "worker"]) copyProject(folder, name);
    const args = ["api", "worker", ...platforms, "--jobs", "2"];
    const { exitCode, stdout, stderr } = await runCommand("build", args, { cwd: folder, environment: noDocker });
    expect(exitCode, stderr).toBe(0);
    const paths = ["api", "worker"].flatMap((name) => archives.map((each) => join(folder, name, each)));
    expect(stdout).toBe(paths.map((path) => `${path}\n`).join(""));
    const [progress = "", reports] = stderr.split(/^(?=api al2-arm64$)/m);
    expect(progress).toMatch(/^worker al2023-x86_64: bundle \d/m);
    expect(progress).toMatch(/^api al2-arm64: warning: .* \(PLATFORM_DEPRECATED\)$/m);
    // What is said of the machine, and so once, is nobody's.
    const whose = /^((api|worker) (al2-arm64|al2023-x86_64): |No Docker daemon is reachable)/;
    expect(
      progress
        .trim()
        .split("\n")
        .filter((line) => !whose.test(line)),
    ).toEqual([]);
    expect(reports?.split("\n").filter((line) => /^\S/.test(line))).toEqual([
      "api al2-arm64",
      "api al2023-x86_64",
      "worker al2-arm64",
      "worker al2023-x86_64",
      expect.stringMatching(/^note: --engine native \(experimental\) would do as well for 4 of 4 builds, /) as string,
    ]);
  },
);

test("a failure does not lose the others, and stands at the end", { timeout }, async ({ folder }) => {
  addBroken(folder, "broken");
  copyProject(folder, "good");
  const args = ["broken", "nowhere", "good", "--platform", "al2-arm64", "--site", "host"];
  const { exitCode, stdout, stderr } = await runCommand("build", args, { cwd: folder });
  expect(exitCode).toBe(1);
  expect(stdout).toBe(`${join(folder, "good/function.zip")}\n`);
  expect(stderr).toMatch(
    /\nerror: broken al2-arm64: [^]*\(BUNDLE_FAILED\)[^]*handler\.ts:2:1: [^]*\nerror: nowhere al2-arm64: There is nothing at .*nowhere \(PROJECT_NOT_FOUND\)\n/,
  );
  expect(readdirSync(join(folder, "good"))).toContain("function.zip");
  expect(readdirSync(join(folder, "broken"))).toEqual(["handler.ts"]);
});

test("--json has results and failures in one document", { timeout }, async ({ folder }) => {
  copyProject(folder, "good");
  writeFileSync(join(folder, "empty.ts"), "export const other = 1;\n");
  const args = ["good", "empty.ts", "--platform", "al2-arm64", "--site", "host", "--json", "--quiet"];
  const { exitCode, stdout, stderr } = await runCommand("build", args, { cwd: folder });
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    builds: [expect.objectContaining({ platform: "al2-arm64", zipPath: join(folder, "good/function.zip") })],
    failures: [
      {
        label: "empty.ts al2-arm64",
        platform: "al2-arm64",
        project: "empty.ts",
        code: "HANDLER_NOT_EXPORTED",
        message: expect.stringContaining('no "handler"') as string,
        hint: expect.stringContaining("export const handler") as string,
      },
    ],
  });
  expect(stderr).toMatch(/^error: empty\.ts al2-arm64: /);
});

test("--explain of several: one that could not be built does not lose the others", async ({ folder }) => {
  copyProject(folder, "good");
  const args = ["good", "nowhere", "--platform", "al2-arm64", "--explain"];
  const options = { cwd: folder, environment: noDocker };
  const text = await runCommand("build", args, options);
  expect(text.exitCode).toBe(1);
  expect(text.stdout).toMatch(/^platform +al2-arm64: /);
  expect(text.stderr).toMatch(/^error: nowhere al2-arm64: There is nothing at .* \(PROJECT_NOT_FOUND\)\n$/);
  const { stdout } = await runCommand("build", [...args, "--json"], options);
  expect(JSON.parse(stdout)).toMatchObject({
    explanations: [{ platform: "al2-arm64", toolchain: "typescript" }],
    failures: [{ label: "nowhere al2-arm64", project: "nowhere", code: "PROJECT_NOT_FOUND" }],
  });
});

test(
  "--snippet stands in place of the paths, and names functions after their folders",
  { timeout },
  async ({ folder }) => {
    for (const name of ["api", "worker"]) copyProject(folder, name);
    const args = ["api", "worker/handler.ts", "--platform", "al2023-x86_64", "--site", "host"];
    const options = { cwd: folder };
    const text = await runCommand("build", [...args, "--snippet", "cdk"], options);
    expect(text.stdout.match(/"\w+Function"|fromAsset\(.*\)/g), text.stderr).toEqual([
      '"ApiFunction"',
      'fromAsset("api/function.zip")',
      '"WorkerFunction"',
      'fromAsset("worker/function.zip")',
    ]);
    const json = await runCommand("build", [...args, "--snippet", "cdk", "--json"], options);
    expect(JSON.parse(json.stdout)).toMatchObject({ builds: [{}, {}], failures: [], snippet: text.stdout });
    const wrong = await runCommand("build", [...args, "--snippet", "cdk", "--format", "executable"], options);
    expect(wrong).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--snippet deploys archives") as string,
    });
  },
);

test("Ctrl-C ends all of them", { timeout }, async ({ folder }) => {
  for (const name of ["api", "worker"]) copyProject(folder, name);
  mkdirSync(join(folder, "temporary"));
  let hasSent = false;
  const args = ["api", "worker", ...platforms, "--jobs", "2", "--verbose", "--site", "host"];
  const { exitCode, stdout, stderr } = await runCommand("build", args, {
    cwd: folder,
    environment: { TMPDIR: join(folder, "temporary") },
    onStderr(child, text) {
      if (hasSent || !text.includes("compile …")) return;
      hasSent = true;
      child.kill("SIGINT");
    },
  });
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 130, stdout: "" });
  expect(stderr).not.toMatch(/error/i);
  // Those that had not begun are not begun.
  expect(stderr).not.toMatch(/^worker/m);
  expect(readdirSync(join(folder, "temporary"))).toEqual([]);
});
