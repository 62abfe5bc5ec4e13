/** Folders that what is unpacked needs. */
import { chmod, mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** As Lambda unpacks them: for all to read, whatever this process's umask is. */
const folderMode = 0o755;

/** Makes a folder and those above it that are missing. @returns the topmost one that was made, if any */
export async function makeFolder(path: string): Promise<string | undefined> {
  const topmost = await mkdir(resolve(path), { recursive: true });
  if (topmost === undefined) return undefined;
  for (let each = resolve(path); each.length >= topmost.length; each = dirname(each)) {
    await chmod(each, folderMode);
  }
  return topmost;
}
