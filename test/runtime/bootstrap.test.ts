import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, vi } from "vitest";
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

test("runs in this process as well, until the Runtime API ends it", async ({ folder }) => {
  await using api = await startScriptedRuntimeApi([event("1")]);
  writeFileSync(join(folder, "index.mjs"), "export const handler = () => 1;");
  vi.stubEnv("AWS_LAMBDA_RUNTIME_API", api.authority);
  vi.stubEnv("LAMBDA_TASK_ROOT", folder);
  vi.stubEnv("_HANDLER", "index.handler");
  await expect(import("../../runtime/bootstrap.ts")).rejects.toMatchObject({ code: "RUNTIME_API_REJECTED" });
  vi.unstubAllEnvs();
  expect(api.requests[1]?.body).toBe("1");
});

test("a variable that is missing in this process is an init error, too", async () => {
  await using api = await startScriptedRuntimeApi([]);
  vi.stubEnv("AWS_LAMBDA_RUNTIME_API", api.authority);
  vi.stubEnv("LAMBDA_TASK_ROOT", "");
  const again = "../../runtime/bootstrap.ts?again";
  await expect(import(again)).rejects.toMatchObject({ code: "BAD_ENVIRONMENT" });
  vi.unstubAllEnvs();
});
