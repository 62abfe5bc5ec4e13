/** The runtime's share of a function: bytes in a minified bundle of a trivial handler. */
import { existsSync } from "node:fs";
import { build } from "esbuild";
import { importDist, inRepository } from "./bench-folder.ts";
import { printTable } from "./print-table.ts";

const peer = inRepository("test/peers/aws-lambda-ric/node_modules/aws-lambda-ric/index.mjs");

/** Prints the table. */
export async function measureShare(): Promise<void> {
  const { bundleFunction } = await importDist<typeof import("../bundle/index.ts")>("bundle/index.js");
  const source = inRepository("bench/subjects/trivial-handler.mjs");
  const handler = await build({ entryPoints: [source], minify: true, bundle: true, write: false, format: "esm" });
  const handlerBytes = handler.outputFiles[0]?.contents.length ?? 0;
  const rows: string[][] = [];
  for (const format of ["module", "script"] as const) {
    const { code } = await bundleFunction({ source, format, minify: true });
    rows.push([format, inKib(code.length - handlerBytes)]);
  }
  if (existsSync(peer)) {
    const { outputFiles } = await build({
      entryPoints: [peer],
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      platform: "node",
    });
    rows.push(["aws-lambda-ric, without its addon", inKib(outputFiles[0]?.contents.length ?? 0)]);
  }
  printTable("share: KiB of the runtime in a minified bundle", ["", "KiB"], rows);
}

function inKib(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}
