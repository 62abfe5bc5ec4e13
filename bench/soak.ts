/**
 * `node bench/soak.ts [--minutes N] [--pause-ms N] [--plot file]`: everything the emulator can do, for a long time, at a
 * modest load; what its process holds meanwhile is printed, and drawn. Asserts nothing. README.md has the figures.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchFolder, inRepository } from "./bench-folder.ts";
import { startChild } from "./child.ts";
import { drawMemoryPlot } from "./memory-plot.ts";
import { printTable } from "./print-table.ts";
import { callUntil, type Outcomes } from "./soak-callers.ts";
import { format, median } from "./statistics.ts";
import type { SoakPlaces, SoakSample } from "./subjects/soak-emulator.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    "pause-ms": { type: "string", default: "250" },
    plot: { type: "string", default: inRepository("docs/images/soak-memory.svg") },
  },
});
const minutes = Number(values.minutes);
const reloadIntervalMs = 10_000;
const mebibyte = 1_048_576;

process.once("SIGINT", () => process.exit(130));
process.once("exit", () => benchFolder.remove());

const changing = join(benchFolder.make("soak"), "handler.ts");
cpSync(inRepository("examples/hello/handler.ts"), changing);
const places: SoakPlaces = {
  changing,
  handler: inRepository("bench/subjects/soak-handler.mjs"),
  page: inRepository("bench/subjects/soak-page.mjs"),
  stream: inRepository("bench/subjects/stream-handler.mjs"),
  layer: inRepository("examples/extension/layer"),
};
const program = fileURLToPath(new URL("./subjects/soak-emulator.ts", import.meta.url));
const samples: SoakSample[] = [];
const failures: string[] = [];
const emulator = startChild([process.execPath, "--expose-gc", program, JSON.stringify(places)], {}, (line) => {
  if (line.startsWith("{")) samples.push(JSON.parse(line) as SoakSample);
  else if (line.includes("\t")) failures.push(line.replaceAll("\t", "  "));
});
const url = await emulator.firstLine;
const source = readFileSync(changing, "utf8");
let version = 0;
const reloads = setInterval(() => writeFileSync(changing, `${source}// version ${++version}\n`), reloadIntervalMs);
const outcomes = await callUntil(performance.now() + minutes * 60_000, url, Number(values["pause-ms"]));
clearInterval(reloads);
await emulator.stop("SIGTERM");

const atEnd = samples.pop();
printOutcomes(outcomes);
printHeld(samples, atEnd);
console.log(`  ${version} reloads, ${format(atEnd?.logLines ?? Number.NaN)} lines of log`);
for (const failure of failures) console.log(`  ${failure}`);
mkdirSync(dirname(values.plot), { recursive: true });
writeFileSync(values.plot, plot(samples));

function printOutcomes(of: Outcomes): void {
  printTable(
    `soak: ${minutes} minutes, a caller of each kind`,
    ["", "answers"],
    Object.entries(of).map(([kind, counts]) => [
      kind,
      Object.entries(counts)
        .map(([outcome, count]) => `${format(count)} × ${outcome}`)
        .join(", "),
    ]),
  );
}

function printHeld(of: readonly SoakSample[], last: SoakSample | undefined): void {
  const third = Math.floor(of.length / 3);
  const row = (name: string, read: (sample: SoakSample) => number): string[] => [
    name,
    format(median(of.slice(0, third).map(read))),
    format(median(of.slice(-third).map(read))),
    format(Math.max(...of.map(read))),
    last === undefined ? "" : format(read(last)),
  ];
  printTable(
    `soak: what the emulator's process holds, garbage collected, every 5 s`,
    ["", "first third", "last third", "most", "closed"],
    [
      row("resident MiB", ({ rssBytes }) => rssBytes / mebibyte),
      row("heap MiB", ({ heapBytes }) => heapBytes / mebibyte),
      row("descriptors", ({ descriptors }) => descriptors),
      row("resources", ({ resources }) => resources),
      row("processes", ({ processes }) => processes),
    ],
  );
}

function plot(of: readonly SoakSample[]): string {
  const startMs = of[0]?.atMs ?? 0;
  const points = (read: (sample: SoakSample) => number): (readonly [number, number])[] =>
    of.map((sample) => [(sample.atMs - startMs) / 60_000, read(sample) / mebibyte]);
  return drawMemoryPlot(`The emulator with everything on, for ${minutes} minutes`, [
    { name: "resident", color: "#1f6feb", points: points(({ rssBytes }) => rssBytes) },
    { name: "heap, garbage collected", color: "#d1242f", points: points(({ heapBytes }) => heapBytes) },
  ]);
}
