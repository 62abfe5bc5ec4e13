/** Layers: folders and zip archives that together make up `/opt`. */
import { chmod, cp, mkdir } from "node:fs/promises";
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { EmulatorError } from "./errors.ts";

/**
 * Puts the layers into one folder, later ones over earlier ones, as Lambda does.
 *
 * @returns undefined without layers; the folder itself when it is the only one
 * @throws EmulatorError `SOURCE_NOT_FOUND`; ArchiveError
 */
export async function prepareLayers(layers: readonly string[], workFolder: string): Promise<string | undefined> {
  const paths = layers.map((each) => resolve(each));
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new EmulatorError("SOURCE_NOT_FOUND", `There is no layer at ${missing}`);
  const [first] = paths;
  if (first === undefined || (paths.length === 1 && statSync(first).isDirectory())) return first;
  const folder = join(workFolder, "opt");
  await mkdir(folder);
  // A container's user reads it, whatever this process's umask is.
  await chmod(folder, 0o755);
  for (const [index, path] of paths.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- the order decides
    await copyLayer(path, folder, join(workFolder, `layer-${index}`));
  }
  return folder;
}

async function copyLayer(path: string, folder: string, unpackFolder: string): Promise<void> {
  if (statSync(path).isDirectory()) return cp(path, folder, { recursive: true, verbatimSymlinks: true });
  const { extractZip } = await import("../archive/index.ts");
  await extractZip(path, unpackFolder);
  await cp(unpackFolder, folder, { recursive: true });
}
