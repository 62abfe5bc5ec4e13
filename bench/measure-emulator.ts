/** The emulator beside a bare relay, and AWS's own emulator where its path is given: same runtime, same load. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchFolder, importDist, inRepository } from "./bench-folder.ts";
import { startChild, type Child } from "./child.ts";
import { keepAwake } from "./keep-awake.ts";
import type { Load, LoadResult } from "./load-generator.ts";
import { printTable } from "./print-table.ts";
import { runLoad } from "./run-load.ts";
import { format, median, ratio } from "./statistics.ts";

const rounds = 5;
const warmUpMs = 500;
const durationMs = 2000;
const source = inRepository("examples/hello/handler.ts");
const node = process.execPath;
const emulatorProgram = fileURLToPath(new URL("./subjects/emulator.ts", import.meta.url));
const floorProgram = fileURLToPath(new URL("./subjects/floor.ts", import.meta.url));

interface Subject {
  readonly name: string;
  readonly callers: number;
  readonly child: Child;
  /** Known after its first line when not given. */
  readonly url?: string;
  readonly results: LoadResult[];
}

/** Prints the table. @param rie path of aws-lambda-rie, which serves one caller only */
export async function measureEmulator(rie: string | undefined): Promise<void> {
  const bootstrap = await bundleHello();
  const subjects = [1, 4].flatMap((callers) => [
    subject("runtime-aws-lambda", callers, [
      node,
      emulatorProgram,
      JSON.stringify({ hello: { source, concurrency: callers } }),
    ]),
    subject("bare relay", callers, [node, floorProgram, bootstrap, `${callers}`]),
    ...(rie === undefined || callers > 1 ? [] : [startRie(rie, bootstrap)]),
  ]);
  try {
    await keepAwake(() => loadInTurns(subjects.filter(({ callers }) => callers === 1)));
    // Four callers keep the processors awake by themselves, and would have to share them with the loops.
    await loadInTurns(subjects.filter(({ callers }) => callers > 1));
  } finally {
    await Promise.all(subjects.map(({ child }) => child.stop("SIGTERM")));
  }
  printTable(
    `emulator: examples/hello, as many environments as callers, median of ${rounds} rounds of ${durationMs / 1000} s`,
    ["", "callers", "per second", "p50 µs", "p99 µs", "ours / it"],
    subjects.map((each) => rowOf(each, subjects)),
  );
  if (rie === undefined) console.log("  AWS's emulator stands beside them with --rie <path of aws-lambda-rie>");
}

async function loadInTurns(subjects: readonly Subject[]): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const each of subjects) each.results.push(await load(each));
  }
}

function subject(name: string, callers: number, command: readonly [string, ...string[]], url?: string): Subject {
  const child = startChild(command);
  return { name, callers, child, results: [], ...(url === undefined ? {} : { url }) };
}

/** Ports of its own: 127.0.0.1:9001 is built in, the other is asked for. */
function startRie(rie: string, bootstrap: string): Subject {
  const address = "127.0.0.1:9002";
  const command = [rie, "--runtime-interface-emulator-address", address, node, bootstrap] as const;
  return subject("aws-lambda-rie", 1, command, `http://${address}`);
}

function rowOf({ name, callers, results }: Subject, subjects: readonly Subject[]): string[] {
  const perSecond = (of: readonly LoadResult[]): number => median(of.map((each) => each.perSecond));
  const [ours] = subjects.filter((each) => each.callers === callers);
  return [
    name,
    String(callers),
    format(perSecond(results)),
    format(median(results.map(({ p50Us }) => p50Us))),
    format(median(results.map(({ p99Us }) => p99Us))),
    ours === undefined || ours.name === name ? "" : ratio(perSecond(ours.results), perSecond(results)),
  ];
}

async function load({ child, callers, url }: Subject): Promise<LoadResult> {
  const base = url ?? (await child.firstLine);
  const name = url === undefined ? "hello" : "function";
  const request: Load = {
    url: `${base}/2015-03-31/functions/${name}/invocations`,
    body: '{"name":"Ada"}',
    expected: '{"message":"Hello, Ada!"}',
    callers,
    warmUpMs,
    durationMs,
  };
  return runLoad(request);
}

/** The file that the emulator makes of a handler module. */
async function bundleHello(): Promise<string> {
  const { bundleFunction } = await importDist<typeof import("../bundle/index.ts")>("bundle/index.js");
  const { code } = await bundleFunction({ source, format: "module" });
  const file = join(benchFolder.make("hello"), "bootstrap.mjs");
  writeFileSync(file, code);
  return file;
}
