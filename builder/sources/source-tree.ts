/** The folders of a project that a compiler elsewhere needs, as the entries of an archive. */
import { existsSync } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { TarEntry } from "../../archive/index.ts";

/** Folders of this machine, laid out elsewhere as they lie here. */
export interface SourceTree {
  /** Absolute path that the entries are relative to. */
  readonly root: string;
  readonly entries: readonly TarEntry[];
}

/** Never sources: version control, and packages that were installed for this machine. */
const skippedFolders: ReadonlySet<string> = new Set([".git", ".hg", ".svn", "node_modules"]);

/**
 * Reads the folders. Times go along, since Cargo, Make and CMake go by them; links stay links. Left out are folders of
 * version control, node_modules, and caches by the Cache Directory Tagging Specification, such as Cargo's target.
 */
export async function readSourceTree(folders: readonly string[]): Promise<SourceTree> {
  const outermost = folders.filter((each) => !folders.some((other) => isInside(each, other)));
  const root = commonFolder(outermost);
  const entries = await Promise.all([...new Set(outermost)].map((each) => readFolder(each, root)));
  return { root, entries: entries.flat() };
}

/** Whether `path` lies in `folder`, and is not it. */
function isInside(path: string, folder: string): boolean {
  return path !== folder && path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function commonFolder([first, ...others]: readonly string[]): string {
  let common = first ?? "/";
  while (!others.every((each) => each === common || isInside(each, common))) common = dirname(common);
  return common;
}

async function readFolder(folder: string, root: string): Promise<TarEntry[]> {
  if (existsSync(join(folder, "CACHEDIR.TAG"))) return [];
  const children = await readdir(folder, { withFileTypes: true });
  const entries = await Promise.all(
    children.map(async (child): Promise<TarEntry[]> => {
      const path = join(folder, child.name);
      if (child.isDirectory()) return skippedFolders.has(child.name) ? [] : readFolder(path, root);
      return readEntry(path, relative(root, path));
    }),
  );
  return entries.flat();
}

/** Sockets, pipes and devices are nothing a compiler reads. */
async function readEntry(file: string, path: string): Promise<TarEntry[]> {
  const stats = await lstat(file);
  const common = { path, mode: stats.mode & 0o777, modifiedAt: stats.mtime };
  if (stats.isSymbolicLink()) return [{ ...common, content: { linkTo: await readlink(file) } }];
  return stats.isFile() ? [{ ...common, content: { fromFile: file } }] : [];
}
