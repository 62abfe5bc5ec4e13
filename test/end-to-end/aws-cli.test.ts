/** `aws lambda invoke` as a caller of the emulator. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect } from "vitest";
import { startEmulator, type Emulator } from "../../emulator/index.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

let emulator: Emulator;
beforeAll(async () => {
  const source = `${repositoryFolder}test/fixtures/functions/misbehave.ts`;
  emulator = await startEmulator({ functions: { misbehave: { source } } });
});
afterAll(() => emulator.close());

const arn = "arn:aws:lambda:us-east-1:000000000000:function";
const clientContext = Buffer.from('{"custom":{"name":"Zoë"}}').toString("base64");
const succeeded = { StatusCode: 200, ExecutedVersion: "$LATEST" };
const notFound = (name: string): RegExp =>
  new RegExp(
    `\\(ResourceNotFoundException\\) when calling the Invoke operation: Function not found: ${arn}:${name}\\s*$`,
  );

test.for<{
  readonly what: string;
  readonly event?: object;
  readonly args: readonly string[];
  readonly stdout?: object;
  readonly stderr?: RegExp;
  readonly payload?: unknown;
  readonly log?: RegExp;
}>([
  {
    what: "a function error, with --log-type Tail",
    event: { how: "throw" },
    args: ["--function-name", "misbehave", "--log-type", "Tail"],
    stdout: { ...succeeded, FunctionError: "Unhandled", LogResult: expect.any(String) as string },
    payload: expect.objectContaining({ errorType: "TypeError", errorMessage: "bad order" }) as object,
    log: /\nEND RequestId: (\S+)\nREPORT RequestId: \1\t.*\t\n$/,
  },
  {
    what: "a function's end",
    event: { how: "exit" },
    args: ["--function-name", "misbehave"],
    stdout: { ...succeeded, FunctionError: "Unhandled" },
    payload: {
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(/ Runtime exited with error: exit status 3$/) as string,
    },
  },
  {
    what: "--qualifier and --client-context",
    event: { how: "context" },
    args: ["--function-name", "misbehave", "--qualifier", "$LATEST", "--client-context", clientContext],
    stdout: succeeded,
    payload: expect.objectContaining({
      invokedFunctionArn: `${arn}:misbehave:$LATEST`,
      clientContext: { custom: { name: "Zoë" } },
    }) as object,
  },
  {
    what: "a dry run",
    args: ["--function-name", "misbehave", "--invocation-type", "DryRun"],
    stdout: { StatusCode: 204 },
    payload: "",
  },
  {
    what: "an unknown function",
    args: ["--function-name", "nobody"],
    stderr: notFound("nobody:\\$LATEST"),
  },
  {
    what: "an unknown version",
    args: ["--function-name", "misbehave", "--qualifier", "7"],
    stderr: notFound("misbehave:7"),
  },
])("$what", async ({ event = {}, args, stdout, stderr, payload, log }, { folder, skip }) => {
  skipWithReason(skip, whyNoProgram("aws", "--version"));
  const environment = {
    PATH: process.env["PATH"],
    HOME: folder,
    AWS_ACCESS_KEY_ID: "any",
    AWS_SECRET_ACCESS_KEY: "any",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ENDPOINT_URL_LAMBDA: emulator.url,
  };
  writeFileSync(join(folder, "event.json"), JSON.stringify(event));
  const command = ["lambda", "invoke", ...args, "--payload", "fileb://event.json", "payload.json"];
  const result = promisify(execFile)("aws", command, { cwd: folder, env: environment });
  if (stderr !== undefined) {
    await expect(result).rejects.toMatchObject({ stdout: "", stderr: expect.stringMatching(stderr) as string });
    return;
  }
  const printed = JSON.parse((await result).stdout) as { LogResult?: string };
  expect(printed).toEqual(stdout);
  const text = readFileSync(join(folder, "payload.json"), "utf8");
  expect(text === "" ? text : JSON.parse(text)).toEqual(payload);
  if (log !== undefined) expect(Buffer.from(printed.LogResult ?? "", "base64").toString("utf8")).toMatch(log);
});
