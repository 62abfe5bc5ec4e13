/** The folders of a project that a compiler elsewhere needs, as the entries of an archive. */
import { existsSync } from "node:fs";
import { access, constants, lstat, readdir, readlink, realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { TarEntry } from "../../archive/index.ts";
import { BuilderError } from "../errors.ts";

/** Folders of this machine, laid out elsewhere as they lie here. */
export interface SourceTree {
  /** Absolute path that the entries are relative to. */
  readonly root: string;
  readonly entries: readonly TarEntry[];
}

/** Never sources. */
const skippedNames: ReadonlySet<string> = new Set([".git", ".hg", ".svn"]);

/**
 * Reads the folders. Times go along, since Cargo, Make and CMake go by them. Links stay links; what lies outside of the
 * tree goes along in the place of the link that leads there. Left out are folders of version control, node_modules unless `withPackages`, and
 * caches by the Cache Directory Tagging Specification, such as Cargo's target.
 *
 * @throws BuilderError `PROJECT_UNREADABLE`
 */
export async function readSourceTree(
  folders: readonly string[],
  { withPackages = false }: { readonly withPackages?: boolean } = {},
): Promise<SourceTree> {
  const real = await Promise.all(folders.map((each) => realpath(each)));
  const outermost = [...new Set(real.filter((each) => !real.some((other) => isInside(each, other))))];
  const root = commonFolder(outermost);
  const isOutside = (path: string): boolean => !outermost.some((each) => path === each || isInside(path, each));
  const entries = await Promise.all(
    outermost.map((each) => readFolder(each, relative(root, each), { isOutside, withPackages })),
  );
  return { root, entries: entries.flat() };
}

/** Paths on this machine of the tree's files. */
export function sourceFiles({ entries }: SourceTree): readonly string[] {
  return entries.flatMap(({ content }) =>
    typeof content === "object" && "fromFile" in content ? [content.fromFile] : [],
  );
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

interface Rules {
  readonly isOutside: (path: string) => boolean;
  readonly withPackages: boolean;
}

/** @param path of the folder in the tree. */
async function readFolder(folder: string, path: string, rules: Rules): Promise<TarEntry[]> {
  if (existsSync(join(folder, "CACHEDIR.TAG"))) return [];
  const names = (await readdir(folder))
    .filter((name) => !skippedNames.has(name) && (rules.withPackages || name !== "node_modules"))
    .toSorted();
  const entries = await Promise.all(names.map((name) => readEntry(join(folder, name), join(path, name), rules)));
  return entries.flat();
}

/** Sockets, pipes and devices are nothing a compiler reads. */
async function readEntry(file: string, path: string, rules: Rules): Promise<TarEntry[]> {
  const { isOutside } = rules;
  const stats = await lstat(file);
  const common = { path, mode: stats.mode & 0o777, modifiedAt: stats.mtime };
  if (stats.isDirectory() || stats.isFile()) await assertReadable(file);
  if (stats.isDirectory()) return readFolder(file, path, rules);
  if (stats.isFile()) return [{ ...common, content: { fromFile: file } }];
  if (!stats.isSymbolicLink()) return [];
  const target = await realpath(file).catch(() => undefined);
  if (target === undefined || !isOutside(target)) return [{ ...common, content: { linkTo: await readlink(file) } }];
  // What is there now counts as inside: a link back into it ends there.
  const isStillOutside = (other: string): boolean => isOutside(other) && other !== target && !isInside(other, target);
  return readEntry(target, path, { ...rules, isOutside: isStillOutside });
}

/** Before anything travels: a compiler far away would only miss it. */
async function assertReadable(path: string): Promise<void> {
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new BuilderError("PROJECT_UNREADABLE", `A part of the project cannot be read: ${(cause as Error).message}`, {
      hint: "Make it readable, or move it out of the project",
      cause,
    });
  });
}
