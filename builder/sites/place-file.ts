/** Files in folders of a build's own. */
import { chmod, copyFile, link, stat } from "node:fs/promises";

/**
 * Puts a file somewhere else. A hard link spares copying a hundred megabytes; another file system, another user or other
 * permissions need the copy.
 */
export async function placeFile(fromFile: string, destination: string, mode: number): Promise<void> {
  if (((await stat(fromFile)).mode & 0o777) === mode && (await linked(fromFile, destination))) return;
  await copyFile(fromFile, destination);
  await chmod(destination, mode);
}

async function linked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    () => false,
  );
}
