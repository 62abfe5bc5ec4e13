/** `lambda.config.ts`, environment files and folders of events, as a user meets them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { repositoryFolder, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const config = "examples/several/lambda.config.ts";
const environmentFunction = "test/fixtures/functions/environment.ts";

describe("emulate", () => {
  test("invokes a function of the file by name; its record reaches the other", async () => {
    const { exitCode, stdout } = await runCommand("emulate", ["orders", "--config", config, "--event", '{"id":1}']);
    expect(stdout).toBe('{"table":"orders","id":1}\n');
    expect(exitCode).toBe(0);
  });

  test("flags override the file", async () => {
    const args = ["orders", "--config", config, "--env", "TABLE=other", "--event", '{"id":1}'];
    expect((await runCommand("emulate", args)).stdout).toBe('{"table":"other","id":1}\n');
  });

  test.each([
    [["--config", config, "--event", "{}"], "--event invokes one function; there are orders, audit"],
    [["order", "--config", config, "--event", "{}"], "There is nothing at order, and no such function in"],
    [["orders", "--config", config, "--name", "x"], "--name cannot rename a function of the configuration file"],
    [[], "There is no source, and no lambda.config.ts here"],
    [[environmentFunction, "--events", "nowhere"], "--events is no folder that can be read"],
    [[environmentFunction, "--events", "config"], "--events: config holds no .json file"],
    [[environmentFunction, "--log-format", "xml"], "Formats are text and json."],
    [[environmentFunction, "--account", "12"], "It must be twelve digits."],
    [[environmentFunction, "--region", "mars"], "It must be a region such as us-east-1."],
    [["", "--event", "{}"], "A source is empty"],
  ])("%j is wrong usage", async (args, message) => {
    const { exitCode, stderr } = await runCommand("emulate", args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  test("a file that cannot be loaded is one line", async ({ folder }) => {
    const path = join(folder, "lambda.config.ts");
    writeFileSync(path, "export default {functions: {a: {sorce: 'x'}}}");
    const { exitCode, stderr } = await runCommand("emulate", ["--config", path]);
    expect(stderr).toBe(
      `error: ${path}: functions.a has an unknown member "sorce" (BAD_CONFIG)\nhint: Did you mean source?\n`,
    );
    expect(exitCode).toBe(1);
  });

  test("a file that is no TypeScript is told where it is wrong", async ({ folder }) => {
    const path = join(folder, "lambda.config.ts");
    writeFileSync(path, "export default {\n  functions: ,\n};");
    const { exitCode, stderr } = await runCommand("emulate", ["--config", path]);
    expect(stderr).toBe(`error: ${path} cannot be loaded: line 2: Expression expected (CONFIG_NOT_LOADED)\n`);
    expect(exitCode).toBe(1);
  });

  test("reads environment files; --env comes last", async ({ folder }) => {
    const file = join(folder, ".env");
    writeFileSync(file, 'FIRST="one # two"\nSECOND=2 # comment\nTHIRD=3\n');
    const args = [environmentFunction, "--env-file", file, "--env", "THIRD=three", "--event", "{}", "--quiet"];
    const { stdout } = await runCommand("emulate", args);
    expect((JSON.parse(stdout) as { variables: object }).variables).toMatchObject({
      FIRST: "one # two",
      SECOND: "2",
      THIRD: "three",
    });
  });

  test("an environment file that is not there is named", async () => {
    const { exitCode, stderr } = await runCommand("emulate", [environmentFunction, "--env-file", "nowhere.env"]);
    // Node.js looks for this flag behind a script as well, and is first.
    expect(stderr).toContain("nowhere.env");
    expect(exitCode).not.toBe(0);
  });

  test("credentials reach a function on purpose only", async () => {
    const environment = { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret", AWS_PROFILE: "mine" };
    const variables = async (...args: string[]): Promise<Record<string, string>> => {
      const all = [environmentFunction, "--event", "{}", "--quiet", ...args];
      const { stdout } = await runCommand("emulate", all, { environment });
      return (JSON.parse(stdout) as { readonly variables: Record<string, string> }).variables;
    };
    expect(await variables()).toMatchObject({ AWS_ACCESS_KEY_ID: "EMULATED", AWS_SESSION_TOKEN: "EMULATED" });
    const passed = await variables("--pass-credentials");
    expect(passed).toMatchObject({ AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret" });
    expect(passed).not.toHaveProperty("AWS_SESSION_TOKEN");
    expect(passed).not.toHaveProperty("AWS_PROFILE");
    const { stderr, exitCode } = await runCommand("emulate", [environmentFunction, "--pass-credentials"]);
    expect(stderr).toContain("--pass-credentials finds no AWS_ACCESS_KEY_ID");
    expect(exitCode).toBe(2);
  });

  test("replays a folder of events in the order of their names", async ({ folder }) => {
    for (const name of ["1", "2", "10"]) writeFileSync(join(folder, `${name}.json`), JSON.stringify({ name }));
    const { stdout, stderr } = await runCommand("emulate", ["examples/hello", "--events", folder]);
    expect(stdout).toBe('{"message":"Hello, 1!"}\n{"message":"Hello, 2!"}\n{"message":"Hello, 10!"}\n');
    expect(stderr).toMatch(/^1\.json\nSTART/);
    writeFileSync(join(folder, "3.json"), "{");
    expect((await runCommand("emulate", ["examples/hello", "--events", folder])).exitCode).toBe(2);
  });

  test("a sample event has a name; a wrong one is corrected; a file of that name comes first", async ({ folder }) => {
    const misbehave = `${repositoryFolder}test/fixtures/functions/misbehave.ts`;
    const invoke = (event: string) => runCommand("emulate", [misbehave, "--event", event, "--quiet"], { cwd: folder });
    // The function gives back what it does not know.
    expect((await invoke("sqs")).exitCode).toBe(0);
    expect(await invoke("sqss")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/sample event: sqss\nhint: Did you mean sqs\?\n$/) as string,
    });
    writeFileSync(join(folder, "sqs"), '{"how":"of the file"}');
    expect((await invoke("sqs")).stdout).toBe('"of the file"\n');
  });

  test("an event that fails makes the exit code 1", async ({ folder }) => {
    writeFileSync(join(folder, "1.json"), '{"how":"throw"}');
    writeFileSync(join(folder, "2.json"), '{"how":"well"}');
    const args = ["test/fixtures/functions/misbehave.ts", "--events", folder, "--json", "--quiet"];
    const { exitCode, stdout } = await runCommand("emulate", args);
    expect(JSON.parse(stdout)).toMatchObject({
      results: [
        { event: "1.json", functionError: "Unhandled", payload: { errorMessage: "bad order" } },
        { event: "2.json", payload: "well" },
      ],
    });
    expect(exitCode).toBe(1);
  });
});

describe("build", () => {
  test("builds every function of the file, for the platforms it names", async ({ folder }) => {
    mkdirSync(join(folder, "out"));
    const args = ["--config", config, "--site", "host", "--out-dir", join(folder, "out"), "--no-smoke-run"];
    const { stdout, exitCode } = await runCommand("build", args);
    expect(stdout.trim().split("\n")).toEqual(
      ["orders-al2023-arm64.zip", "orders-al2-arm64.zip", "audit.zip"].map((name) => join(folder, "out", name)),
    );
    expect(exitCode).toBe(0);
  });

  test("says which names the file has", async () => {
    const { stderr, exitCode } = await runCommand("build", ["oders", "--config", config]);
    expect(stderr).toContain("no such function in");
    expect(stderr).toContain("hint: Functions: orders, audit");
    expect(exitCode).toBe(2);
  });
});

test("how a function is built stands in the file, too, and flags override it", async ({ folder }) => {
  writeFileSync(join(folder, "greeting.txt"), "Hello");
  writeFileSync(
    join(folder, "handler.js"),
    `import { readFileSync } from "node:fs";
    const greeting = readFileSync(process.env.LAMBDA_TASK_ROOT + "/words/greeting.txt", "utf8");
    export const handler = async () => greeting + " from " + STAGE;`,
  );
  const build = { include: { "words/greeting.txt": "./greeting.txt" }, define: { STAGE: '"test"' } };
  const functions = { hello: { source: "./handler.js", platform: "al2-x86_64", build } };
  const path = join(folder, "lambda.config.json");
  writeFileSync(path, JSON.stringify({ functions }));
  const answer = async (...more: string[]): Promise<unknown> => {
    const built = await runCommand("build", ["hello", "--config", path, "--site", "host", ...more]);
    expect(built.exitCode, built.stderr).toBe(0);
    const { stdout } = await runCommand("emulate", [join(folder, "hello.zip"), "--event", "{}"]);
    return JSON.parse(stdout);
  };
  expect(await answer()).toBe("Hello from test");
  expect(await answer("--define", 'STAGE="flag"')).toBe("Hello from flag");
  writeFileSync(path, JSON.stringify({ functions: { hello: { source: "./handler.js", build: { exclude: [] } } } }));
  const { stderr } = await runCommand("build", ["hello", "--config", path]);
  expect(stderr).toMatch(/functions\.hello\.build has an unknown member "exclude" \(BAD_CONFIG\)\nhint: /);
});
