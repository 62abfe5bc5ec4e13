/** Our runtime beside aws-lambda-ric and a bare socket loop: per invocation, and from spawn to the first `next`. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchFolder, importDist, inRepository } from "./bench-folder.ts";
import { buildHello } from "./build-hello.ts";
import { startChild } from "./child.ts";
import { startCountingRuntimeApi, type CountingRuntimeApi } from "./counting-runtime-api.ts";
import { printTable } from "./print-table.ts";
import { format, median, ratio } from "./statistics.ts";

const rounds = 5;
const warmUpInvocations = 2000;
const invocations = 20_000;
const spawns = 15;

interface Subject {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly perInvocationUs: number[];
  /** Processor time per invocation: steadier than the time on a machine that is shared. */
  readonly cpuUs: number[];
  readonly firstNextMs: number[];
}

/** Prints both tables. */
export async function measureRuntime(): Promise<void> {
  const ours = subject("runtime-aws-lambda", [process.execPath, await bundleHandler()]);
  const bare = subject("bare socket loop", [process.execPath, inRepository("bench/subjects/bare-loop.mjs")]);
  const ricProgram = inRepository("test/peers/aws-lambda-ric/node_modules/.bin/aws-lambda-ric");
  const ric = existsSync(ricProgram) ? subject("aws-lambda-ric", [process.execPath, ricProgram]) : undefined;
  const runtimes = ric === undefined ? [ours, bare] : [ours, ric, bare];
  const api = await startCountingRuntimeApi();
  try {
    for (let round = 0; round < rounds; round++) {
      for (const each of runtimes) await timeInvocations(each, api);
    }
    printTable(
      `runtime: µs per invocation, median of ${rounds} rounds of ${format(invocations)}, one Runtime API for all`,
      ["", "µs", "ours / it", "CPU µs", "ours / it"],
      rowsOf(runtimes, ["perInvocationUs", "cpuUs"], ours),
    );
    if (ric === undefined) {
      console.log("  aws-lambda-ric is not installed: npm --prefix test/peers/aws-lambda-ric ci");
    }

    const starters = [
      ...runtimes,
      subject("Bun executable", [(await buildHello("bun")).bootstrap]),
      subject("Node.js executable", [(await buildHello("node")).bootstrap]),
    ];
    for (let round = 0; round < spawns; round++) {
      for (const each of starters) each.firstNextMs.push(await timeFirstNext(each, api));
    }
    printTable(
      `runtime: ms from spawn to the first next, median of ${spawns}`,
      ["", "ms", "ours / it"],
      rowsOf(starters, ["firstNextMs"], ours),
    );
  } finally {
    api.close();
  }
}

function subject(name: string, command: Subject["command"]): Subject {
  return { name, command, perInvocationUs: [], cpuUs: [], firstNextMs: [] };
}

type Figure = "perInvocationUs" | "cpuUs" | "firstNextMs";

/** Per figure its median, and ours in relation to it. */
function rowsOf(subjects: readonly Subject[], figures: readonly Figure[], ours: Subject): string[][] {
  return subjects.map((each) => [
    each.name,
    ...figures.flatMap((figure) => {
      const value = median(each[figure]);
      return [format(value), each === ours ? "" : ratio(median(ours[figure]), value)];
    }),
  ]);
}

/** Our runtime as users run it: in one file with the handler. */
async function bundleHandler(): Promise<string> {
  const { bundleFunction } = await importDist<typeof import("../bundle/index.ts")>("bundle/index.js");
  const source = inRepository("bench/subjects/trivial-handler.mjs");
  const { code } = await bundleFunction({ source, format: "module" });
  const file = join(benchFolder.make("trivial"), "bootstrap.mjs");
  writeFileSync(file, code);
  return file;
}

function start({ command }: Subject, api: CountingRuntimeApi): ReturnType<typeof startChild> {
  return startChild(command, {
    AWS_LAMBDA_RUNTIME_API: api.authority,
    AWS_LAMBDA_FUNCTION_NAME: "bench",
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/bench",
    AWS_LAMBDA_LOG_STREAM_NAME: "bench",
    LAMBDA_TASK_ROOT: inRepository("bench/subjects"),
    _HANDLER: "trivial-handler.handler",
  });
}

async function timeInvocations(each: Subject, api: CountingRuntimeApi): Promise<void> {
  const child = start(each, api);
  const mark = async (count: number) => ({ atMs: await api.reached(count), cpuMs: child.cpuMs() });
  try {
    const marks = Promise.all([mark(warmUpInvocations), mark(warmUpInvocations + invocations)]);
    const [from, to] = await Promise.race([marks, child.firstLine.then(unexpectedOutput)]);
    each.perInvocationUs.push(((to.atMs - from.atMs) * 1000) / invocations);
    each.cpuUs.push((((to.cpuMs ?? Number.NaN) - (from.cpuMs ?? Number.NaN)) * 1000) / invocations);
  } finally {
    await child.stop();
    api.reset();
  }
}

async function timeFirstNext(each: Subject, api: CountingRuntimeApi): Promise<number> {
  const reached = api.reached(0);
  const startedMs = performance.now();
  const child = start(each, api);
  try {
    return (await Promise.race([reached, child.firstLine.then(unexpectedOutput)])) - startedMs;
  } finally {
    await child.stop();
    api.reset();
  }
}

function unexpectedOutput(line: string): never {
  throw new Error(`the runtime printed: ${line}`);
}
