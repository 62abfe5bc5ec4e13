import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { event, startScriptedRuntimeApi } from "../support/scripted-runtime-api.ts";
import { test } from "../support/temporary-folder.ts";

const bootstrap = new URL("../../dist/runtime/bootstrap.js", import.meta.url).pathname;

async function run(environment: Record<string, string>): Promise<{ exitCode: number | null; stderr: string }> {
  const child = spawn(process.execPath, [bootstrap], { env: environment, stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", resolve);
  });
  return { stderr: await text(child.stderr), exitCode: await exited };
}

test("serves the handler that the environment names", async ({ folder }) => {
  await using api = await startScriptedRuntimeApi([event('{"name":"Ada"}')]);
  writeFileSync(join(folder, "index.mjs"), "export const handler = ({ name }) => `Hello, ${name}!`;");
  await run({ AWS_LAMBDA_RUNTIME_API: api.authority, LAMBDA_TASK_ROOT: folder, _HANDLER: "index.handler" });
  expect(api.requests[1]).toMatchObject({ body: '"Hello, Ada!"' });
});

test("a variable that is missing is an init error", async () => {
  await using api = await startScriptedRuntimeApi([]);
  const { exitCode, stderr } = await run({ AWS_LAMBDA_RUNTIME_API: api.authority, _HANDLER: "index.handler" });
  expect(api.requests[0]?.route).toBe("POST /2018-06-01/runtime/init/error");
  expect(stderr).toContain("LAMBDA_TASK_ROOT is not set");
  expect(exitCode).toBe(1);
});

test("without a Runtime API it says what it is", async () => {
  const { exitCode, stderr } = await run({});
  expect(stderr).toContain("This program is a Lambda bootstrap");
  expect(exitCode).toBe(1);
});
