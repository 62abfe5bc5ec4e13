/** What `build` does around its builds: several at once, explanations, snippets, other formats, caches. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { noDocker, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 120_000;
const hello = "examples/hello";
const onHost = ["--site", "host", "--quiet"] as const;

/** A project that cannot be bundled. */
function brokenProject(folder: string): string {
  const project = join(folder, "broken");
  mkdirSync(project);
  writeFileSync(join(project, "handler.ts"), "export const other = 1;\n");
  return project;
}

test("one failure of a matrix does not lose the others", { timeout }, async ({ folder }) => {
  const out = join(folder, "out");
  const broken = brokenProject(folder);
  const args = [hello, broken, "--platform", "al2-x86_64", "--platform", "al2-arm64", "--out-dir", out, ...onHost];
  const plain = await runCommand("build", args);
  expect(plain.exitCode).toBe(1);
  const paths = ["hello-al2-x86_64.zip", "hello-al2-arm64.zip"].map((each) => join(out, each));
  expect(plain.stdout).toBe(paths.map((each) => `${each}\n`).join(""));
  for (const platform of ["al2-x86_64", "al2-arm64"]) {
    expect(plain.stderr).toMatch(
      new RegExp(
        `^error: .*/broken ${platform}: .* exports other, but no "handler" \\(HANDLER_NOT_EXPORTED\\)\nhint: `,
        "m",
      ),
    );
  }
  expect(plain.stderr).toMatch(/^2 of 4 builds failed\.$/m);
  expect(readdirSync(out).filter((each) => each.endsWith(".zip"))).toHaveLength(2);
  const { stdout } = await runCommand("build", [...args, "--json", "--jobs", "1"]);
  expect(JSON.parse(stdout)).toMatchObject({
    builds: [{ platform: "al2-x86_64" }, { platform: "al2-arm64" }],
    failures: [{ label: `${broken} al2-x86_64`, code: "HANDLER_NOT_EXPORTED" }, { code: "HANDLER_NOT_EXPORTED" }],
  });
});

test("two builds that would write one archive are refused before any begins", async ({ folder }) => {
  for (const each of ["a", "b"]) mkdirSync(join(folder, each, "same"), { recursive: true });
  const projects = ["a", "b"].map((each) => join(folder, each, "same"));
  const { exitCode, stderr } = await runCommand("build", [...projects, "--platform", "al2-arm64", "--out-dir", folder]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/ would both write .*same\.zip\nhint: /);
});

test("--format executable writes the bootstrap itself", { timeout }, async ({ folder }) => {
  const args = [hello, "--platform", "al2-x86_64", "--format", "executable", "--out-dir", folder, ...onHost];
  const { stdout } = await runCommand("build", [...args, "--no-manifest"]);
  const path = join(folder, "bootstrap");
  expect(stdout).toBe(`${path}\n`);
  expect(readdirSync(folder)).toEqual(["bootstrap"]);
  expect(statSync(path).mode & 0o777).toBe(0o755);
  const { stdout: answer } = await runCommand("emulate", [path, "--event", '{"name":"Ada"}']);
  expect(answer).toBe('{"message":"Hello, Ada!"}\n');
});

test("the manifest lists what went in and what came out, alike in every build", { timeout }, async ({ folder }) => {
  const build = async (name: string): Promise<string> => {
    const args = [hello, "--platform", "al2-arm64", "--out-dir", join(folder, name), ...onHost];
    expect((await runCommand("build", args)).exitCode).toBe(0);
    return readFileSync(join(folder, name, "function.manifest.json"), "utf8");
  };
  const manifest = await build("a");
  expect(await build("b")).toBe(manifest);
  const sha256 = execFileSync("sha256sum", [join(folder, "a/function.zip")], { encoding: "utf8" }).split(" ")[0];
  expect(JSON.parse(manifest)).toMatchObject({
    platform: "al2-arm64",
    toolchain: "typescript",
    engine: { name: "bun", version: "1.4.2" },
    glibcNeeded: "2.17",
    archive: { sha256 },
    files: [{ path: "bootstrap", mode: "0755" }],
    inputs: [{ path: "handler.ts" }],
  });
  expect(manifest).not.toContain(folder);
});

test("--explain says what would be done, and does nothing", async ({ folder }) => {
  const args = ["examples/rust", "--platform", "al2-x86_64", "--out-dir", join(folder, "out"), "--explain"];
  const { exitCode, stdout, stderr } = await runCommand("build", args, { environment: noDocker });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toMatch(/^platform +al2-x86_64: runtime provided\.al2, architecture x86_64$/m);
  expect(stdout).toMatch(/^toolchain +rust, detected by Cargo\.toml$/m);
  expect(stdout).toMatch(/^site +host: no Docker daemon answers$/m);
  expect(stdout).toMatch(/^output +.*\/out\/function\.zip$/m);
  const json = await runCommand("build", [...args, "--json"], { environment: noDocker });
  expect(JSON.parse(json.stdout)).toMatchObject({ explanations: [{ toolchain: "rust", site: "host", images: [] }] });
  expect(readdirSync(folder)).toEqual([]);
});

test("--snippet prints what deploys the archive", { timeout }, async ({ folder }) => {
  const snippet = async (tool: string): Promise<string> => {
    const args = [hello, "--platform", "al2023-arm64", "--out-dir", folder, "--snippet", tool, ...onHost];
    const { stdout, stderr } = await runCommand("build", args);
    expect(stderr).toBe("");
    return stdout;
  };
  const all = await Promise.all(["aws", "sam", "cdk", "terraform"].map((each) => snippet(each)));
  const [aws = "", sam, cdk, terraform] = all;
  expect(sam).toMatch(
    /\nResources:\n {2}HelloFunction:\n {4}Type: AWS::Serverless::Function\n[^]*Architectures: \[arm64\]/,
  );
  expect(cdk).toContain("runtime: lambda.Runtime.PROVIDED_AL2023,\n  architecture: lambda.Architecture.ARM_64,");
  expect(terraform).toMatch(/runtime +=\s"provided\.al2023"\n +architectures +=\s\["arm64"\]/);
  expect(aws).toMatch(
    /^aws lambda create-function --function-name hello \\\n {2}--runtime provided\.al2023 \\\n {2}--architectures arm64 \\\n/,
  );
});

test("--clear-cache tells what it removes", async ({ folder }) => {
  mkdirSync(join(folder, "runtime-aws-lambda/engines-v1"), { recursive: true });
  writeFileSync(join(folder, "runtime-aws-lambda/engines-v1/bun"), Buffer.alloc(1_500_000));
  const environment = { ...noDocker, XDG_CACHE_HOME: folder };
  const { exitCode, stdout } = await runCommand("build", ["--clear-cache"], { environment });
  expect(exitCode).toBe(0);
  expect(stdout).toBe(`     1.5 MB  folder  ${folder}/runtime-aws-lambda/engines-v1\n     1.5 MB  removed\n`);
  expect(readdirSync(join(folder, "runtime-aws-lambda"))).toEqual([]);
});
