/** Files and folders of the user that are packed beside the bootstrap. */
import { access, constants, lstat, readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { BuilderError } from "./errors.ts";
import type { PackagedFile } from "./packaged-file.ts";

/**
 * Reads what `include` names: `path`, packed under its last part, or `name:path`, packed under the name. Folders with all
 * that is in them. The function finds the files at `process.env.LAMBDA_TASK_ROOT`. A file is executable in the archive if it
 * is so here; other permission bits, which differ from one umask to the next, do not count.
 *
 * @throws BuilderError `BAD_OPTIONS` for what is not there or cannot be read, for links, sockets and devices, for two files
 *   of one name, and for a name that the bootstrap has
 */
export async function includedFiles(
  include: readonly string[],
  taken: readonly PackagedFile[],
): Promise<readonly PackagedFile[]> {
  const found = (await Promise.all(include.map(async (each) => readIncluded(each)))).flat();
  const paths = new Set(taken.map(({ path }) => path));
  for (const { path, fromFile } of found) {
    if (paths.has(path))
      throw new BuilderError("BAD_OPTIONS", `${fromFile} cannot be included: the archive has a file ${path} already`);
    paths.add(path);
  }
  return found;
}

async function readIncluded(text: string): Promise<PackagedFile[]> {
  // A colon after one letter is a Windows drive.
  const [, name, path = text] = /^([^:]{2,}):(.*)$/s.exec(text) ?? [];
  const fromFile = resolve(path);
  return readEntry(name ?? basename(fromFile), fromFile, text);
}

/** What node puts in the place of bytes that are not UTF-8: the file cannot be found again under such a name. */
const replacementCharacter = "\ufffd";

async function readEntry(path: string, fromFile: string, text: string): Promise<PackagedFile[]> {
  if (basename(fromFile).includes(replacementCharacter)) {
    throw new BuilderError("BAD_OPTIONS", `"${text}" cannot be included: ${fromFile} has a name that is not UTF-8`);
  }
  const stats = await lstat(fromFile).catch((cause: unknown) => {
    throw new BuilderError("BAD_OPTIONS", `"${text}" cannot be included: there is nothing at ${fromFile}`, { cause });
  });
  if (stats.isFile() || stats.isDirectory()) {
    await access(fromFile, constants.R_OK).catch((cause: unknown) => {
      const { message } = cause as Error;
      throw new BuilderError("BAD_OPTIONS", `"${text}" cannot be included: ${message}`, { cause });
    });
  }
  if (stats.isFile()) return [{ path, fromFile, mode: (stats.mode & 0o111) === 0 ? 0o644 : 0o755 }];
  if (stats.isDirectory()) {
    const names = await readdir(fromFile);
    return (await Promise.all(names.map((each) => readEntry(`${path}/${each}`, join(fromFile, each), text)))).flat();
  }
  const kind = stats.isSymbolicLink() ? "a symbolic link, which no archive holds" : "neither a file nor a folder";
  throw new BuilderError("BAD_OPTIONS", `"${text}" cannot be included: ${fromFile} is ${kind}`);
}
