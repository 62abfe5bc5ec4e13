/** The whole `emulate --event` process: from a shell's prompt to the next one. */
import { inRepository } from "./bench-folder.ts";
import { buildExample } from "./build-example.ts";
import { runChild } from "./child.ts";
import { printTable } from "./print-table.ts";
import { format, median } from "./statistics.ts";

const rounds = 11;

/** Prints the table. */
export async function measureCold(): Promise<void> {
  const emulate = (source: string) =>
    [process.execPath, inRepository("dist/cli/emulate.js"), source, "--event", '{"name":"Ada"}'] as const;
  const { zip } = await buildExample("hello", "bun");
  const subjects = [
    { name: "emulate handler.ts --event", command: emulate(inRepository("examples/hello/handler.ts")) },
    { name: "emulate function.zip --event (Bun)", command: emulate(zip) },
    { name: "node --eval '' (its share of both)", command: [process.execPath, "--eval", ""] as const },
  ].map((each) => ({ ...each, durationsMs: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const each of subjects) each.durationsMs.push((await runChild(each.command)).durationMs);
  }
  printTable(
    `cold: ms of the whole process, median of ${rounds}`,
    ["", "ms"],
    subjects.map(({ name, durationsMs }) => [name, format(median(durationsMs))]),
  );
}
