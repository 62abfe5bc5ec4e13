/** Load from a process of its own. */
import { inRepository } from "./bench-folder.ts";
import { runChild } from "./child.ts";
import type { Load, LoadResult } from "./load-generator.ts";

/** Resolves when the time is over. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const program = inRepository("bench/load-generator.ts");
  const { stdout } = await runChild([process.execPath, program, JSON.stringify(load)]);
  return JSON.parse(stdout) as LoadResult;
}
