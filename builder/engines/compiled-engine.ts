/**
 * The native engine from the cache, or compiled now, once for each architecture: in the image of Amazon Linux 2, or by this
 * machine's Rust. What glibc 2.26 runs, 2.34 runs as well, so Amazon Linux 2023 takes the same executable.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DockerError } from "../../docker/index.ts";
import { platforms, type Architecture, type PlatformFacts } from "../../images/platforms.ts";
import { BuilderError } from "../errors.ts";
import type { Compilers } from "../sites/compilers.ts";
import type { BuildSite } from "../sites/site.ts";
import { readSourceTree } from "../sources/source-tree.ts";
import {
  cargoCache,
  cargoHome,
  containerVariables,
  targetFolder,
  targetTriples,
} from "../toolchains/cargo-environment.ts";
import { nativeCrateCFlags, nativeCrateFolder, nativeCrateHash } from "./native-crate.ts";
import { hostCFlags, hostToolchain, type HostToolchain } from "./host-rust.ts";
import { hostCargoHome, renameFolders } from "./machine-paths.ts";
import { prebuiltSpecifier } from "./prebuilt-engine.ts";

/** Raised when the layout of the folder changes. */
const cacheFormat = "native-v1";

export interface CompiledEngineOptions {
  /** Of the build: where its engine can be made if it cannot be for Amazon Linux 2. */
  readonly facts: PlatformFacts;
  readonly site: BuildSite;
  readonly cacheFolder: string;
  readonly onLog: (line: string) => void;
  readonly onNotice: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Engines that this process is compiling: who wants the same one meanwhile waits for it. */
const compiling = new Map<string, Promise<string>>();

/**
 * Path of the engine for an architecture.
 *
 * @throws BuilderError `ENGINE_UNAVAILABLE` where it cannot be compiled; DockerError
 */
export async function compiledEngine(architecture: Architecture, options: CompiledEngineOptions): Promise<string> {
  const oldest = platforms[`al2-${architecture}`];
  const host = options.site.name === "host" ? await hostToolchain(oldest) : undefined;
  const { facts, compilers } = await compilersFor(oldest, options);
  const toolchain = host?.key ?? compilers.image?.split(":").at(-1) ?? "unknown";
  // Linked to the glibc of this machine it is nobody else's.
  const madeFor = host?.command === "build" ? `host-${architecture}` : facts.platform;
  const path = join(options.cacheFolder, cacheFormat, `${madeFor}-${await nativeCrateHash()}-${toolchain}`);
  if (existsSync(path)) return path;
  const running = compiling.get(path) ?? compile(path, compilers, host, { ...options, facts });
  compiling.set(path, running);
  try {
    return await running;
  } finally {
    compiling.delete(path);
  }
}

/** Path of one that is in the cache, of whichever toolchain: as good as any to be measured. */
export async function findCompiledEngine(architecture: Architecture, cacheFolder: string): Promise<string | undefined> {
  const folder = join(cacheFolder, cacheFormat);
  const names = await readdir(folder).catch(() => []);
  const pattern = new RegExp(`^[a-z0-9]+-${architecture}-${await nativeCrateHash()}-[0-9a-f]+$`);
  const found = names.find((name) => pattern.test(name));
  return found === undefined ? undefined : join(folder, found);
}

/** Of Amazon Linux 2; where that cannot be had, of the platform itself, whose engine then is for no other. */
async function compilersFor(
  oldest: PlatformFacts,
  { facts, site, onLog, onNotice }: CompiledEngineOptions,
): Promise<{ readonly facts: PlatformFacts; readonly compilers: Compilers }> {
  const compilersOf = async (each: PlatformFacts) => ({
    facts: each,
    compilers: await site.compilers({ image: "rust", linksLibraries: true, facts: each, onLog }),
  });
  try {
    return await compilersOf(oldest);
  } catch (error) {
    const own = platforms[`${facts.imageFolder}-${oldest.architecture}`];
    const isMissing = error instanceof DockerError && error.code === "BASE_IMAGE_UNAVAILABLE";
    if (!isMissing || own === oldest) throw error;
    onNotice(`There is no image of ${oldest.platform}: the native engine is one for ${own.platform} alone`);
    return compilersOf(own);
  }
}

async function compile(
  path: string,
  compilers: Compilers,
  host: HostToolchain | undefined,
  { facts, cacheFolder, onLog, onNotice, signal }: CompiledEngineOptions,
): Promise<string> {
  const folder = nativeCrateFolder();
  const triple = targetTriples[facts.architecture];
  const targets = host === undefined ? targetFolder : join(cacheFolder, cacheFormat, `target-${host.key}`);
  const tree = await readSourceTree([folder]);
  const names = renameFolders(triple, {
    [host === undefined ? cargoHome : hostCargoHome()]: "/cargo",
    [targets]: "/target",
    [compilers.pathOf(tree, folder)]: "/engine",
  });
  const target = `--target=${host?.target ?? triple}`;
  const destination = `${path}.${randomUUID()}.part`;
  await mkdir(join(cacheFolder, cacheFormat), { recursive: true });
  onNotice(`The native engine for ${facts.architecture} is compiled, once: this takes a minute or two`);
  try {
    await compilers.run({
      tree,
      folder,
      commands: [["cargo", host?.command ?? "build", "--release", "--locked", target, ...names]],
      environment:
        host === undefined
          ? { ...containerVariables(compilers, triple), CFLAGS: nativeCrateCFlags }
          : { CARGO_TARGET_DIR: targets, CFLAGS: hostCFlags(nativeCrateCFlags) },
      caches: [
        cargoCache,
        { name: `target-${facts.platform}-on-${compilers.architecture}-native`, path: targetFolder, project: folder },
      ],
      outputs: () => [{ path: join(targets, triple, "release", "native-engine"), destination }],
      stdout: "log",
      onLog,
      signal,
    });
    await chmod(destination, 0o755);
    await rename(destination, path);
    return path;
  } catch (error) {
    if (!(error instanceof BuilderError)) throw error;
    throw new BuilderError("ENGINE_UNAVAILABLE", `The native engine cannot be compiled: ${error.message}`, {
      hint: howToGetOne(facts.architecture),
      logTail: error.logTail,
      cause: error,
    });
  } finally {
    await rm(destination, { force: true });
  }
}

const howToGetOne = (architecture: Architecture): string =>
  "It takes Rust 1.85 or later and a C compiler, or Docker (--site docker); or install a finished one, " +
  `${prebuiltSpecifier(architecture)}, name one by --engine-path, or take another engine: --engine bun`;
