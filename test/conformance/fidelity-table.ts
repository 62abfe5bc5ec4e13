/** The fidelity table of docs/emulator.md, made from the rows that the conformance suite tests. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Behaviour, Fidelity } from "./behaviour.ts";

const document = new URL("../../docs/emulator.md", import.meta.url);
const [startMarker, endMarker] = ["<!-- fidelity:start -->", "<!-- fidelity:end -->"];

/** The table as the formatter of this repository leaves it: every column as wide as its widest cell. */
export function formatFidelityTable(behaviours: readonly Behaviour[]): string {
  const rows = behaviours.map(({ behaviour, fidelity, cases }) => [
    behaviour,
    formatFidelity(fidelity),
    fidelity.source,
    cases.length === 0 ? "-" : String(cases.length),
  ]);
  const cells = [["behaviour", "fidelity", "after", "cases"], ...rows].map((row) =>
    row.map((cell) => cell.replaceAll("|", String.raw`\|`)),
  );
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  const [head = "", ...body] = lines;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [head, rule, ...body].join("\n");
}

/** What stands between the markers of docs/emulator.md. */
export function readFidelityTable(): string {
  return splitDocument()[1];
}

/** Puts the table between the markers. */
export function writeFidelityTable(behaviours: readonly Behaviour[]): void {
  const [before, , after] = splitDocument();
  const table = formatFidelityTable(behaviours);
  writeFileSync(document, `${before}${startMarker}\n\n${table}\n\n${endMarker}${after}`);
}

function splitDocument(): readonly [before: string, table: string, after: string] {
  const text = readFileSync(document, "utf8");
  const [start, end] = [text.indexOf(startMarker), text.indexOf(endMarker)];
  if (start < 0 || end < start) throw new Error(`docs/emulator.md needs ${startMarker} and ${endMarker}`);
  return [text.slice(0, start), text.slice(start + startMarker.length, end).trim(), text.slice(end + endMarker.length)];
}

function formatFidelity({ kind, how, unverified }: Fidelity): string {
  const text = how === undefined ? kind : `${kind}: ${how}`;
  return unverified === true ? `${text} (unverified)` : text;
}
