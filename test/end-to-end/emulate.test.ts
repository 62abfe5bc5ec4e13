/** `emulate` as a user and other programs meet it. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect } from "vitest";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { runCommand } from "../support/run-command.ts";
import { runtimePeers } from "../support/runtime-peers.ts";
import { test } from "../support/temporary-folder.ts";
import { whileEmulating } from "../support/while-emulating.ts";

const hello = "examples/hello/handler.ts";
const misbehave = "test/fixtures/functions/misbehave.ts";

describe("as a server", () => {
  test("prints the line to paste, serves an AWS SDK, and ends on Ctrl-C with 130", async () => {
    const result = await whileEmulating([hello, misbehave], async (endpoint) => {
      const credentials = { accessKeyId: "any", secretAccessKey: "any" };
      const client = new LambdaClient({ endpoint, region: "us-east-1", credentials });
      const output = await client.send(new InvokeCommand({ FunctionName: "hello", Payload: '{"name":"Ada"}' }));
      expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
      expect(output.Payload?.transformToString()).toBe('{"message":"Hello, Ada!"}');
      const failed = await client.send(new InvokeCommand({ FunctionName: "misbehave", Payload: '{"how":"throw"}' }));
      expect(failed.FunctionError).toBe("Unhandled");
      client.destroy();
    });
    expect(result.exitCode).toBe(130);
    expect(result.stdout).toMatch(/^export AWS_ENDPOINT_URL_LAMBDA=http:\/\/127\.0\.0\.1:\d+\n$/);
    expect(result.stderr).toMatch(
      /^Lambda is listening on http:\/\/127\.0\.0\.1:\d+ with hello, misbehave\. Ctrl-C ends it\.\nFunction URLs: http:\/\/127\.0\.0\.1:\d+\/lambda-url\/hello\/ http/,
    );
    expect(result.stderr).toMatch(/^\[misbehave\] .*ERROR\tInvoke Error \t\{"errorType":"TypeError"/m);
  });

  test("serves the aws CLI", async ({ folder, skip }) => {
    skipWithReason(skip, whyNoProgram("aws", "--version"));
    writeFileSync(join(folder, "event.json"), '{"name":"Ada"}');
    const { exitCode } = await whileEmulating([hello], async (endpoint) => {
      const args = [
        "lambda",
        "invoke",
        "--endpoint-url",
        endpoint,
        "--region",
        "us-east-1",
        "--function-name",
        "hello",
      ];
      const environment = {
        PATH: process.env["PATH"],
        HOME: folder,
        AWS_ACCESS_KEY_ID: "any",
        AWS_SECRET_ACCESS_KEY: "any",
      };
      const { stdout } = await promisify(execFile)("aws", [...args, "--payload", "fileb://event.json", "out.json"], {
        cwd: folder,
        env: environment,
      });
      expect(JSON.parse(stdout)).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
      expect(readFileSync(join(folder, "out.json"), "utf8")).toBe('{"message":"Hello, Ada!"}');
    });
    expect(exitCode).toBe(130);
  });

  test("--json prints one document", async () => {
    const { stdout } = await whileEmulating([`api=${hello}`, "--json"], async () => {});
    const { endpoint, ...rest } = JSON.parse(stdout) as { endpoint: string };
    expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(rest).toEqual({ functions: ["api"], functionUrls: { api: `${endpoint}/lambda-url/api/` } });
  });

  test("two emulators on one port: the second says so", async () => {
    await whileEmulating([hello], async (endpoint) => {
      const { exitCode, stderr } = await runCommand("emulate", [hello, "--port", new URL(endpoint).port]);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /^error: Port \d+ on 127\.0\.0\.1 is taken by another program \(ADDRESS_IN_USE\)\nhint: .*--port 0/,
      );
    });
  });
});

describe("as one invocation", () => {
  const event = '{"name":"Ada"}';

  test("prints the response on stdout and the log on stderr", async () => {
    const { exitCode, stdout, stderr } = await runCommand("emulate", [hello, "--event", event]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '{"message":"Hello, Ada!"}\n' });
    expect(stderr).toMatch(/^START RequestId: .*\nEND RequestId: .*\nREPORT RequestId: .*\n$/);
  });

  test("takes the event from a file or stdin", async ({ folder }) => {
    const file = join(folder, "event.json");
    writeFileSync(file, event);
    const fromFile = await runCommand("emulate", [hello, "--event", file, "--quiet"]);
    const fromStdin = await runCommand("emulate", [hello, "--event", "-", "--quiet"], { stdin: event });
    for (const result of [fromFile, fromStdin]) {
      expect(result).toEqual({ exitCode: 0, stdout: '{"message":"Hello, Ada!"}\n', stderr: "" });
    }
  });

  test("an event file may begin with a byte order mark, and must be UTF-8", async ({ folder }) => {
    const file = join(folder, "event.json");
    writeFileSync(file, `\uFEFF${event}`);
    const { stdout } = await runCommand("emulate", [hello, "--event", file, "--quiet"]);
    expect(stdout).toBe('{"message":"Hello, Ada!"}\n');
    writeFileSync(file, Buffer.from(`\uFEFF${event}`, "utf16le"));
    const result = await runCommand("emulate", [hello, "--event", file]);
    expect(result).toEqual({ exitCode: 2, stdout: "", stderr: `error: ${file} is not UTF-8, as JSON has to be\n` });
  });

  test("a function error is printed, and exit code 1", async () => {
    const { exitCode, stdout } = await runCommand("emulate", [misbehave, "--event", '{"how":"throw"}', "--json"]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ functionError: "Unhandled", payload: { errorType: "TypeError" } });
  });

  test("timeout, memory and variables reach the function", async () => {
    const settings = [
      "--timeout",
      "1",
      "--memory",
      "512",
      "--env",
      "TABLE=a=b",
      "--region",
      "eu-west-1",
      "--name",
      "orders",
    ];
    const { stdout } = await runCommand("emulate", [misbehave, ...settings, "--event", '{"how":"environment"}']);
    expect(JSON.parse(stdout)).toMatchObject({
      TABLE: "a=b",
      AWS_REGION: "eu-west-1",
      AWS_LAMBDA_FUNCTION_NAME: "orders",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
    });
    const { stderr } = await runCommand("emulate", [misbehave, ...settings, "--event", '{"how":"hang"}']);
    expect(stderr).toContain("Status: timeout");
  });

  test("a bootstrap gets its handler's name and variables", async ({ skip }) => {
    const { source, handler, environment, whyNot } = runtimePeers["aws-lambda-ric"];
    skipWithReason(skip, whyNot());
    const variables = Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
    const result = await runCommand("emulate", [
      source,
      "--handler",
      handler,
      ...variables,
      "--event",
      '{"name":"Ada"}',
    ]);
    expect(JSON.parse(result.stdout), result.stderr).toMatchObject({
      name: "Ada",
      requestId: expect.any(String) as string,
    });
  });
});
