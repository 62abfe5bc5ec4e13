/**
 * A Node.js executable with an empty slot for the application. Injecting takes seconds and most of a gigabyte, so it is
 * done once per slot size; a build then only copies the template and fills the slot. The only importer of postject.
 */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ownedName } from "../../process/index.ts";
import { BuilderError } from "../errors.ts";
import { unfinishedPrefix } from "./engine-cache.ts";
import { stripSymbols } from "./strip-symbols.ts";

/** Fixed by Node.js (Node.js documentation, "Single executable applications"). */
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
const resourceName = "NODE_SEA_BLOB";
const minSlotBytes = 256 * 1024;

interface NodeTemplate {
  readonly path: string;
  readonly slotOffset: number;
  readonly slotBytes: number;
}

/**
 * Writes the single executable.
 *
 * @param executable plain Node.js for the platform, in the engine cache; templates are kept beside it
 * @param blob what `node --experimental-sea-config` wrote
 * @throws BuilderError `COMPILE_FAILED` when the executable cannot carry an application
 */
export async function writeSingleExecutable(executable: string, blob: Buffer, destination: string): Promise<void> {
  // Powers of two: few templates, and a result that depends on nothing but its input.
  let slotBytes = minSlotBytes;
  while (slotBytes < blob.length) slotBytes *= 2;
  const template = (await findTemplate(executable, slotBytes)) ?? (await makeTemplateOnce(executable, slotBytes));
  await copyFile(template.path, destination, constants.COPYFILE_FICLONE);
  const file = await open(destination, "r+");
  try {
    // Node.js reads as much of the slot as the blob itself says.
    const slot = Buffer.alloc(slotBytes);
    blob.copy(slot);
    await file.write(slot, 0, slotBytes, template.slotOffset);
    await file.chmod(0o755);
  } finally {
    await file.close();
  }
}

/** The slot's place stands in the name: `<executable>-stripped-slot-<bytes>-at-<offset>`. */
async function findTemplate(executable: string, slotBytes: number): Promise<NodeTemplate | undefined> {
  const prefix = `${basename(executable)}-stripped-slot-${slotBytes}-at-`;
  const name = (await readdir(dirname(executable))).find((each) => each.startsWith(prefix));
  if (name === undefined) return undefined;
  return { path: join(dirname(executable), name), slotOffset: Number(name.slice(prefix.length)), slotBytes };
}

/** Templates that this process is making: it takes most of a gigabyte, so who wants the same one meanwhile waits for it. */
const making = new Map<string, Promise<NodeTemplate>>();

async function makeTemplateOnce(executable: string, slotBytes: number): Promise<NodeTemplate> {
  const key = `${executable} ${slotBytes}`;
  const running = making.get(key) ?? makeTemplate(executable, slotBytes);
  making.set(key, running);
  try {
    return await running;
  } finally {
    making.delete(key);
  }
}

async function makeTemplate(executable: string, slotBytes: number): Promise<NodeTemplate> {
  const { inject } = await import("postject");
  const unfinished = join(dirname(executable), ownedName(unfinishedPrefix));
  try {
    // Before the injection: a strip afterwards would take the application out.
    await writeFile(unfinished, stripSymbols(await readFile(executable)), { mode: 0o755 });
    const marker = Buffer.from(`runtime-aws-lambda slot ${randomUUID()} `);
    const slot = Buffer.alloc(slotBytes, 0);
    marker.copy(slot);
    await injectQuietly(() => inject(unfinished, resourceName, slot, { sentinelFuse: fuse }));
    const slotOffset = (await readFile(unfinished)).indexOf(marker);
    if (slotOffset < 0 || (await stat(unfinished)).size < slotOffset + slotBytes) {
      throw new BuilderError("COMPILE_FAILED", `postject left no slot for the application in ${executable}`);
    }
    const path = join(dirname(executable), `${basename(executable)}-stripped-slot-${slotBytes}-at-${slotOffset}`);
    await rename(unfinished, path);
    return { path, slotOffset, slotBytes };
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** postject's WebAssembly prints harmless warnings about section names straight to the console. */
async function injectQuietly(run: () => Promise<void>): Promise<void> {
  /* oxlint-disable no-console */
  const { warn, error, log } = console;
  console.warn = console.error = console.log = () => {};
  try {
    await run();
  } finally {
    Object.assign(console, { warn, error, log });
  }
  /* oxlint-enable no-console */
}
