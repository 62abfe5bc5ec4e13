/** What features of the emulator cost: telemetry beside none, a function URL beside Invoke. In turns, in one run. */
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchFolder, inRepository } from "./bench-folder.ts";
import { startChild, type Child } from "./child.ts";
import type { LoadResult } from "./load-generator.ts";
import { printTable } from "./print-table.ts";
import { runLoad } from "./run-load.ts";
import { format, median, ratio } from "./statistics.ts";

const rounds = 9;
const warmUpMs = 300;
const durationMs = 1500;
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
  const plain = start("{}");
  const subjects: readonly Subject[] = [
    { name: "Invoke", child: plain, ...invoke, results: [] },
    { name: "function URL", child: plain, ...functionUrl, beside: 0, results: [] },
    { name: "Invoke, with the log of the command", child: start("{}", "log"), ...invoke, beside: 0, results: [] },
    { name: "  and an extension", child: start(withExtension(layer, "no"), "log"), ...invoke, beside: 2, results: [] },
    {
      name: "  that is subscribed to telemetry",
      child: start(withExtension(layer, "yes"), "log"),
      ...invoke,
      beside: 3,
      results: [],
    },
  ];
  try {
    for (let round = 0; round < rounds; round++) {
      for (const each of subjects) each.results.push(await load(each));
    }
  } finally {
    await Promise.all(subjects.map(({ child }) => child.stop("SIGTERM")));
  }
  printTable(
    `features: examples/hello, one caller, median of ${rounds} rounds of ${durationMs / 1000} s`,
    ["", "per second", "p50 µs", "p99 µs", "time / that of", ""],
    subjects.map((each) => rowOf(each, subjects)),
  );
}

const invoke = {
  path: "/2015-03-31/functions/hello/invocations",
  body: '{"name":"Ada"}',
  expected: '{"message":"Hello, Ada!"}',
} as const;
const functionUrl = { path: "/lambda-url/hello/", body: "{}", expected: '{"message":"Hello, world!"}' } as const;

function start(options: string, log = ""): Child {
  const source = inRepository("examples/hello/handler.ts");
  return startChild([process.execPath, emulatorProgram, source, "1", options, log]);
}

function withExtension(layer: string, subscribes: string): string {
  const environment = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, SUBSCRIBES: subscribes };
  return JSON.stringify({ layers: [layer], environment });
}

async function load({ child, path, body, expected }: Subject): Promise<LoadResult> {
  return runLoad({ url: `${await child.firstLine}${path}`, body, expected, callers: 1, warmUpMs, durationMs });
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
