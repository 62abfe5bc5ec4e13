/** What an archive was made from and what it holds, as a JSON file beside it. Not in it: the function has no use for it. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import type { BuildReport } from "./build-report.ts";
import type { GateReport } from "./gate/check-package.ts";
import type { Project } from "./project.ts";
import type { CompiledFunction } from "./toolchains/toolchain.ts";

export interface ManifestOptions {
  readonly zipPath: string;
  readonly project: Project;
  readonly compiled: CompiledFunction;
  readonly report: BuildReport;
  readonly gate: GateReport;
  /** SHA-256 of the files, by their paths in the archive. */
  readonly contentHashes: ReadonlyMap<string, string>;
}

/**
 * Writes the manifest: `function.zip` → `function.manifest.json`. The same build makes the same manifest, so there is no
 * time in it, and no path of this machine.
 *
 * @returns its path
 */
export async function writeManifest(options: ManifestOptions): Promise<string> {
  const { zipPath, project, compiled, report, gate, contentHashes } = options;
  const { platform, toolchain, engine, image, baseImage, glibcNeeded, glibcOfPlatform, sha256 } = report;
  const fromProject = (path: string): string => relative(project.folder, path).split(sep).join("/");
  const inputs = await Promise.all(
    compiled.inputs.map(async (path) => ({ path: fromProject(path), sha256: await hashFile(path) })),
  );
  const files = await Promise.all(
    compiled.files.map(async ({ path, fromFile, mode }) => ({
      path,
      mode: mode.toString(8).padStart(4, "0"),
      sizeBytes: (await stat(fromFile)).size,
      sha256: contentHashes.get(path),
    })),
  );
  const manifest = {
    platform,
    toolchain,
    engine,
    image,
    baseImage,
    glibcNeeded,
    glibcOfPlatform,
    archive: { sha256, sizeBytes: report.zippedBytes, unzippedBytes: report.unzippedBytes },
    files: files.toSorted(byPath),
    objects: gate.objects,
    inputs: inputs.toSorted(byPath),
  };
  const path = `${zipPath.replace(/\.zip$/, "")}.manifest.json`;
  await writeFile(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
  return path;
}

/** SHA-256 in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}
