/** Names of temporary files that tell whose they are, so that a later process can remove what a killed one has left. */
import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isOwnerGone, thisProcess } from "./owner.ts";

/** A name that nothing else has: `<prefix>~<host>~<pid>~<start>~<random>`. */
export function ownedName(prefix: string): string {
  const { host, pid, start = "" } = thisProcess();
  return [prefix, host.replaceAll(/[^\w.-]/g, ""), pid, start, randomBytes(6).toString("hex")].join("~");
}

/** Removes what lies in the folder under such a name, or one that goes on behind it, and whose process is gone. */
export async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(
    names.map(async (name) => {
      if (!name.startsWith(`${prefix}~`)) return;
      const [host = "", pid, start = ""] = name.slice(prefix.length + 1).split("~");
      const isGone = isOwnerGone({ host, pid: Number(pid), start: start === "" ? undefined : start });
      // What cannot be removed belongs to somebody else.
      if (isGone) await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
    }),
  );
}
