/** What features of the emulator cost: telemetry beside none, a function URL beside Invoke. In turns, in one run. */
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EmulatorOptions, FunctionOptions } from "runtime-aws-lambda/emulator";
import { benchFolder, inRepository } from "./bench-folder.ts";
import { startChild, type Child } from "./child.ts";
import type { LoadResult } from "./load-generator.ts";
import { printTable } from "./print-table.ts";
import { runLoad } from "./run-load.ts";
import { format, median, ratio } from "./statistics.ts";

const rounds = 16;
/** Before the first round of each, while the engine is still compiling. */
const firstWarmUpMs = 2000;
const warmUpMs = 200;
const durationMs = 1000;
const emulatorProgram = fileURLToPath(new URL("./subjects/emulator.ts", import.meta.url));

interface Subject {
  readonly name: string;
  readonly child: Child;
  /** Behind the address. */
  readonly path: string;
  readonly body: string;
  readonly expected: string;
  /** Place of the one it is compared with. */
  readonly beside?: number;
  readonly results: LoadResult[];
}

/** Prints the table. */
export async function measureFeatures(): Promise<void> {
  const layer = benchFolder.make("telemetry-layer");
  mkdirSync(join(layer, "extensions"));
  copyFileSync(
    inRepository("bench/subjects/telemetry-extension.mjs"),
    join(layer, "extensions/telemetry-extension.mjs"),
  );
  const hello = { source: inRepository("examples/hello/handler.ts"), concurrency: 1 };
  // Two emulators of the same code differ by up to 5 %: what is compared closely is in the same one.
  const silent = start({ hello });
  const logging = start({ hello, extended: extended(layer, "no"), subscribed: extended(layer, "yes") }, "log");
  const subjects: readonly Subject[] = [
    { name: "Invoke", child: silent, ...invoke("hello"), results: [] },
    { name: "function URL", child: silent, ...functionUrl, beside: 0, results: [] },
    { name: "Invoke, with the log of the command", child: logging, ...invoke("hello"), beside: 0, results: [] },
    { name: "  and an extension", child: logging, ...invoke("extended"), beside: 2, results: [] },
    { name: "  that is subscribed to telemetry", child: logging, ...invoke("subscribed"), beside: 3, results: [] },
  ];
  try {
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? subjects : subjects.toReversed();
      for (const each of order) each.results.push(await load(each, round === 0 ? firstWarmUpMs : warmUpMs));
    }
  } finally {
    await Promise.all([silent, logging].map((child) => child.stop("SIGTERM")));
  }
  printTable(
    `features: examples/hello, one caller, median of ${rounds} rounds of ${durationMs / 1000} s`,
    ["", "per second", "p50 µs", "p99 µs", "time / that of", ""],
    subjects.map((each) => rowOf(each, subjects)),
  );
}

function invoke(name: string): Pick<Subject, "path" | "body" | "expected"> {
  const path = `/2015-03-31/functions/${name}/invocations`;
  return { path, body: '{"name":"Ada"}', expected: '{"message":"Hello, Ada!"}' };
}

const functionUrl = { path: "/lambda-url/hello/", body: "{}", expected: '{"message":"Hello, world!"}' } as const;

function start(functions: EmulatorOptions["functions"], log = ""): Child {
  return startChild([process.execPath, emulatorProgram, JSON.stringify(functions), log]);
}

function extended(layer: string, subscribes: string): FunctionOptions {
  const environment = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, SUBSCRIBES: subscribes };
  return { source: inRepository("examples/hello/handler.ts"), concurrency: 1, layers: [layer], environment };
}

async function load({ child, path, body, expected }: Subject, beforeMs: number): Promise<LoadResult> {
  const url = `${await child.firstLine}${path}`;
  return runLoad({ url, body, expected, callers: 1, warmUpMs: beforeMs, durationMs });
}

/** Compared round by round: what another program does to the machine, it does to neighbours. */
function rowOf({ name, beside, results }: Subject, subjects: readonly Subject[]): string[] {
  const reference = beside === undefined ? undefined : subjects[beside];
  const ratios = results.map(({ perSecond }, round) => (reference?.results[round]?.perSecond ?? 0) / perSecond);
  return [
    name,
    format(median(results.map(({ perSecond }) => perSecond))),
    format(median(results.map(({ p50Us }) => p50Us))),
    format(median(results.map(({ p99Us }) => p99Us))),
    ...(reference === undefined ? ["", ""] : [ratio(median(ratios), 1), reference.name.trim()]),
  ];
}
