/** Engine executables that the user already has, in place of those from npm. */
import { createHash } from "node:crypto";
import { constants, createReadStream, existsSync } from "node:fs";
import { chmod, copyFile, mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { platforms } from "../../images/platforms.ts";
import { ownedName } from "../../process/index.ts";
import { BuilderError } from "../errors.ts";
import { ElfError, readElf } from "../gate/elf.ts";
import { engineCacheFolder, unfinishedPrefix, type EngineCacheOptions } from "./engine-cache.ts";
import type { EngineSystem } from "./engine-packages.ts";

/** An executable in the engine cache, and what it says of itself. */
export interface GivenEngine {
  readonly path: string;
  readonly system: EngineSystem;
  readonly version: string;
}

/** Where executables name their version: Node.js in the address of its own sources, Bun in that of its release. */
const versionPatterns: Readonly<Record<string, RegExp>> = {
  bun: /\bbun-v(\d+\.\d+\.\d+)/,
  node: /\bnode-v(\d+\.\d+\.\d+)/,
};
/** More than the longest match has. */
const overlapChars = 64;

/**
 * Takes a file into the engine cache, under a name that follows from its content: what is prepared from it is kept beside
 * it, and the user's own folder stays as it is.
 *
 * @throws BuilderError `BAD_OPTIONS` for a file that is no executable of this engine for Linux
 */
export async function adoptEngine(engine: string, file: string, options: EngineCacheOptions): Promise<GivenEngine> {
  const path = resolve(file);
  const system = await systemOf(path);
  const { version, sha256 } = await readVersion(path, versionPatterns[engine], options.signal);
  if (version === undefined) {
    throw new BuilderError("BAD_OPTIONS", `${path} is no executable of ${engine}: it names no version of it`, {
      hint: "It must be the engine's own executable, as it comes from its makers",
    });
  }
  const cached = join(engineCacheFolder(options.cacheFolder), `given-${engine}-${version}-${sha256.slice(0, 16)}`);
  if (!existsSync(cached)) await copyExecutable(path, cached, engineCacheFolder(options.cacheFolder));
  return { path: cached, system, version };
}

/** What an executable is made for. @throws BuilderError `BAD_OPTIONS` where that is nothing that Lambda has */
export async function systemOf(path: string): Promise<EngineSystem> {
  try {
    const { machine } = await readElf(path);
    const facts = Object.values(platforms).find((each) => each.elfMachine === machine);
    if (facts !== undefined) return `linux-${facts.architecture}`;
  } catch (cause) {
    const isKnown = cause instanceof ElfError || "syscall" in (cause as Error);
    if (isKnown) throw new BuilderError("BAD_OPTIONS", `No engine: ${(cause as Error).message}`, { cause });
    throw cause;
  }
  throw new BuilderError("BAD_OPTIONS", `No engine: ${path} is built for a processor that Lambda does not have`);
}

async function readVersion(
  path: string,
  pattern: RegExp | undefined,
  signal: AbortSignal | undefined,
): Promise<{ version: string | undefined; sha256: string }> {
  const hash = createHash("sha256");
  let version: string | undefined;
  let before = "";
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    if (version !== undefined) continue;
    const text = before + bytes.toString("latin1");
    version = pattern?.exec(text)?.[1];
    before = text.slice(-overlapChars);
  }
  return { version, sha256: hash.digest("hex") };
}

async function copyExecutable(from: string, to: string, folder: string): Promise<void> {
  const unfinished = join(folder, ownedName(unfinishedPrefix));
  try {
    await mkdir(folder, { recursive: true });
    await copyFile(from, unfinished, constants.COPYFILE_FICLONE);
    await chmod(unfinished, 0o755);
    await rename(unfinished, to);
  } finally {
    await rm(unfinished, { force: true });
  }
}
