/** Where things are: the repository, its `dist/`, and a temporary folder that goes with the run. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("..", import.meta.url));

/** Absolute path of something in the repository. */
export const inRepository = (path: string): string => join(repository, path);

/** Imports a module of `dist/`: what users run is measured, not the sources. */
export async function importDist<Module>(path: string): Promise<Module> {
  try {
    return (await import(new URL(`../dist/${path}`, import.meta.url).href)) as Module;
  } catch (cause) {
    throw new Error(`dist/${path} cannot be loaded; npm run build makes it`, { cause });
  }
}

let root: string | undefined;

/** The temporary folder of this run; made when it is first used. */
export const benchFolder = {
  /** Makes a folder in it. */
  make(name: string): string {
    root ??= mkdtempSync(join(tmpdir(), "runtime-aws-lambda-bench-"));
    const folder = join(root, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  },
  remove(): void {
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
  },
};
