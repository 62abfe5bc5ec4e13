/** The engines beside one another and beside aws-lambda-ric: start, invocations, memory, size, and what computing costs. */
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchFolder, importDist, inRepository } from "./bench-folder.ts";
import { buildExample } from "./build-example.ts";
import { runChild } from "./child.ts";
import { startCountingRuntimeApi, type CountingRuntimeApi } from "./counting-runtime-api.ts";
import { keepAwake } from "./keep-awake.ts";
import { printTable } from "./print-table.ts";
import { runtimeSubjects, startSubject, unexpectedOutput, type RuntimeSubject } from "./runtime-subjects.ts";
import { format, median, ratio } from "./statistics.ts";

const engines = ["native", "bun", "node"] as const;
const names = { native: "native", bun: "Bun executable", node: "Node.js executable" } as const;
const spawns = 25;
/** Of the native engine alone. */
const shortSpawns = 60;
const rounds = 5;
const warmUp = 500;
const invocations = 5000;

interface EngineFigures {
  readonly subject: RuntimeSubject;
  readonly zipBytes: number | undefined;
  readonly startMs: number[];
  readonly us: number[];
  readonly peakBytes: number[];
}

/** Prints both tables. */
export async function measureEngines(): Promise<void> {
  const figures = await subjects();
  const timings = await timeStarts(figures.map(({ subject }) => subject.command));
  for (const [index, each] of figures.entries()) each.startMs.push(...(timings[index] ?? []));
  const api = await startCountingRuntimeApi();
  // Not while something starts: a processor that is kept awake is busy.
  await keepAwake(async () => {
    for (let round = 0; round < rounds; round++) {
      for (const each of figures) await timeInvocations(each, api);
    }
  });
  api.close();
  const reference = median(figures.at(-1)?.startMs ?? []);
  printTable(
    `engines: examples/hello, medians of ${spawns} starts and of ${rounds} rounds of ${format(invocations)} invocations`,
    ["", "start ms", "least", "start / ric", "µs", "least", "peak MB", "zip MB"],
    figures.map(({ subject, zipBytes, startMs, us, peakBytes }) => [
      subject.name,
      format(median(startMs)),
      format(Math.min(...startMs)),
      ratio(median(startMs), reference),
      format(median(us)),
      format(Math.min(...us)),
      format(median(peakBytes) / 1e6),
      zipBytes === undefined ? "" : format(zipBytes / 1e6),
    ]),
  );
  await measureClients();
  await measureNativeStarts();
  await measureComputing();
}

/** Milliseconds by command. */
async function timeStarts(
  commands: readonly RuntimeSubject["command"][],
  count = spawns,
): Promise<readonly (readonly number[])[]> {
  const starts = {
    commands,
    rounds: count,
    environment: {
      PATH: process.env["PATH"],
      AWS_REGION: "us-east-1",
      LAMBDA_TASK_ROOT: inRepository("bench/subjects"),
      _HANDLER: "trivial-handler.handler",
    },
  };
  const starter = [process.execPath, inRepository("bench/subjects/starter.ts"), JSON.stringify(starts)] as const;
  return JSON.parse((await runChild(starter)).stdout) as number[][];
}

/** What a client of the AWS SDK adds to the start. */
async function measureClients(): Promise<void> {
  const bootstraps = new Map<string, string>();
  for (const engine of engines) bootstraps.set(names[engine], (await buildExample("invoke", engine)).bootstrap);
  await printStarts("examples/invoke, with a client of the AWS SDK", bootstraps, spawns);
}

/** In turns with nothing that leaves a hundred megabytes in the processor's caches. */
async function measureNativeStarts(): Promise<void> {
  const bootstraps = new Map<string, string>();
  for (const example of ["hello", "invoke"] as const) {
    bootstraps.set(`examples/${example}`, (await buildExample(example, "native")).bootstrap);
  }
  await printStarts("native executables in turns with one another", bootstraps, shortSpawns);
}

/** @param bootstraps paths by the names of their rows */
async function printStarts(what: string, bootstraps: ReadonlyMap<string, string>, count: number): Promise<void> {
  const timings = await timeStarts(
    [...bootstraps.values()].map((bootstrap) => [bootstrap] as const),
    count,
  );
  printTable(
    `engines: ${what}, medians of ${count} starts`,
    ["", "start ms", "least"],
    [...bootstraps.keys()].map((name, index) => {
      const startMs = timings[index] ?? [];
      return [name, format(median(startMs)), format(Math.min(...startMs))];
    }),
  );
}

async function subjects(): Promise<EngineFigures[]> {
  const measured = { startMs: [], us: [], peakBytes: [] };
  const figures: EngineFigures[] = [];
  for (const engine of engines) {
    const { bootstrap, zip } = await buildExample("hello", engine);
    const subject: RuntimeSubject = { name: names[engine], command: [bootstrap], module: "trivial-handler" };
    figures.push({ subject, zipBytes: statSync(zip).size, ...structuredClone(measured) });
  }
  for (const subject of await runtimeSubjects("trivial-handler")) {
    if (subject.name === "bare socket loop") continue;
    const name = subject.name === "aws-lambda-ric" ? subject.name : "the same on Node.js";
    figures.push({ subject: { ...subject, name }, zipBytes: undefined, ...structuredClone(measured) });
  }
  return figures;
}

async function timeInvocations({ subject, us, peakBytes }: EngineFigures, api: CountingRuntimeApi): Promise<void> {
  const child = startSubject(subject, api);
  try {
    const marks = Promise.all([api.reached(warmUp), api.reached(warmUp + invocations)]);
    const [fromMs, toMs] = await Promise.race([marks, child.firstLine.then(unexpectedOutput)]);
    us.push(((toMs - fromMs) * 1000) / invocations);
    peakBytes.push(child.peakMemoryBytes() ?? Number.NaN);
  } finally {
    await child.stop();
    api.reset();
  }
}

/** The same program on each: no bundle's start, and no Runtime API. */
async function measureComputing(): Promise<void> {
  const { hostEngine } = await importDist<typeof import("../builder/index.ts")>("builder/index.js");
  const { bundleFunction } = await importDist<typeof import("../bundle/index.ts")>("bundle/index.js");
  const program = inRepository("bench/subjects/computing.mjs");
  const folder = benchFolder.make("computing");
  const source = join(folder, "program.mjs");
  writeFileSync(source, `import "runtime-aws-lambda";\nimport ${JSON.stringify(program)};\n`);
  const bundle = join(folder, "bundle.mjs");
  writeFileSync(bundle, (await bundleFunction({ source, format: "native" })).code);
  const commands = {
    native: [await hostEngine("native"), bundle],
    bun: [await hostEngine("bun"), program],
    node: [process.execPath, program],
  } as const;
  const results = new Map<string, Map<string, number[]>>();
  for (let round = 0; round < rounds; round++) {
    for (const engine of engines) {
      const { stdout } = await runChild(commands[engine]);
      for (const line of stdout.trim().split("\n")) {
        const [name = "", ms] = line.split("\t");
        const byEngine = results.get(name) ?? new Map<string, number[]>();
        byEngine.set(engine, [...(byEngine.get(engine) ?? []), Number(ms)]);
        results.set(name, byEngine);
      }
    }
  }
  printTable(
    `engines: ms that computing takes, medians of ${rounds} processes`,
    ["", "native", "Bun", "Node.js", "native / Node.js"],
    [...results].map(([name, byEngine]) => {
      const [native, bun, node] = engines.map((engine) => median(byEngine.get(engine) ?? []));
      return [name, ...[native, bun, node].map((ms) => (ms ?? 0).toFixed(2)), ratio(native ?? Number.NaN, node)];
    }),
  );
}
