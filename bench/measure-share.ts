/** The runtime's share of a function: bytes in a minified bundle of a trivial handler. */
import { build } from "esbuild";
import { importDist, inRepository } from "./bench-folder.ts";
import { printTable } from "./print-table.ts";

/** Prints the table. */
export async function measureShare(): Promise<void> {
  const { bundleFunction } = await importDist<typeof import("../bundle/index.ts")>("bundle/index.js");
  const source = inRepository("bench/subjects/trivial-handler.mjs");
  const handler = await build({ entryPoints: [source], minify: true, bundle: true, write: false, format: "esm" });
  const handlerBytes = handler.outputFiles[0]?.contents.length ?? 0;
  const rows: string[][] = [];
  for (const format of ["module", "script"] as const) {
    const { code } = await bundleFunction({ source, format, minify: true });
    rows.push([format, ((code.length - handlerBytes) / 1024).toFixed(1)]);
  }
  printTable("share: KiB of the runtime in a minified bundle", ["", "KiB"], rows);
}
