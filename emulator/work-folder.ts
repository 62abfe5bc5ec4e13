/** The temporary folder of one emulator, named after its process, so that a later one can tell what a crash has left. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isAlive } from "../process/index.ts";

const prefix = "runtime-aws-lambda-emulator-";

/** Makes a fresh folder, and removes those whose process is gone. */
export async function makeWorkFolder(): Promise<string> {
  // TMPDIR may be relative, and functions run elsewhere.
  const parent = resolve(tmpdir());
  await removeLeftovers(parent);
  return mkdtemp(join(parent, `${prefix}${process.pid}-`));
}

async function removeLeftovers(parent: string): Promise<void> {
  const names = await readdir(parent);
  await Promise.all(
    names.map(async (name) => {
      const pid = Number(/^(\d+)-/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : "")?.[1]);
      // What cannot be removed belongs to somebody else.
      if (pid > 0 && !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
    }),
  );
}
