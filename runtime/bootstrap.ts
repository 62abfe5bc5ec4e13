#!/usr/bin/env node
/**
 * A bootstrap for functions that are not bundled: serves the handler that `_HANDLER` names below `LAMBDA_TASK_ROOT`, as
 * AWS's `aws-lambda-ric` does. `node node_modules/runtime-aws-lambda/dist/runtime/bootstrap.js`
 */
import { readEnvironment } from "./environment.ts";
import { RuntimeApiError } from "./errors.ts";
import { loadHandler } from "./load-handler.ts";
import { defaultRuntime } from "./run.ts";

await defaultRuntime(({ env }) => loadHandler(read(env, "LAMBDA_TASK_ROOT"), read(env, "_HANDLER")), {
  environment: readEnvironment(),
}).run();

function read(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  throw new RuntimeApiError("BAD_ENVIRONMENT", `${name} is not set`);
}
