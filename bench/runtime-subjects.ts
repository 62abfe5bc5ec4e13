/** What is measured beside our runtime, and how each is started. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchFolder, importDist, inRepository } from "./bench-folder.ts";
import { startChild, type Child } from "./child.ts";
import type { CountingRuntimeApi } from "./counting-runtime-api.ts";

/** A runtime with a handler of `bench/subjects`. */
export interface RuntimeSubject {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Name of the handler's file, without its extension. */
  readonly module: string;
}

const ricProgram = inRepository("test/peers/aws-lambda-ric/node_modules/.bin/aws-lambda-ric");

/** Ours, bundled as users run it, AWS's own client where it is installed, and the floor where there is one. */
export async function runtimeSubjects(module: string): Promise<RuntimeSubject[]> {
  const subjects: RuntimeSubject[] = [
    { name: "runtime-aws-lambda", command: [process.execPath, await bundleHandler(module)], module },
  ];
  if (existsSync(ricProgram)) {
    subjects.push({ name: "aws-lambda-ric", command: [process.execPath, ricProgram], module });
  } else {
    console.log("  aws-lambda-ric is not installed: npm --prefix test/peers/aws-lambda-ric ci");
  }
  if (module === "trivial-handler") {
    const command = [process.execPath, inRepository("bench/subjects/bare-loop.mjs")] as const;
    subjects.push({ name: "bare socket loop", command, module });
  }
  return subjects;
}

/** Our runtime and the handler in one file. */
export async function bundleHandler(module: string): Promise<string> {
  const { bundleFunction } = await importDist<typeof import("../bundle/index.ts")>("bundle/index.js");
  const source = inRepository(`bench/subjects/${module}.mjs`);
  const { code } = await bundleFunction({ source, format: "module" });
  const file = join(benchFolder.make(module), "bootstrap.mjs");
  writeFileSync(file, code);
  return file;
}

/** Starts it against the Runtime API. */
export function startSubject(
  { command, module }: RuntimeSubject,
  api: CountingRuntimeApi,
  onLine?: (line: string) => void,
): Child {
  const environment = {
    AWS_LAMBDA_RUNTIME_API: api.authority,
    AWS_LAMBDA_FUNCTION_NAME: "bench",
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/bench",
    AWS_LAMBDA_LOG_STREAM_NAME: "bench",
    LAMBDA_TASK_ROOT: inRepository("bench/subjects"),
    _HANDLER: `${module}.handler`,
  };
  return startChild(command, environment, onLine);
}

/** For races: a subject that prints before it is done has failed. */
export function unexpectedOutput(line: string): never {
  throw new Error(`the runtime printed: ${line}`);
}
