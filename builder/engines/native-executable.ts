/**
 * The executable of the native engine: the one that was named, the one in the cache, or one that is compiled now, once for
 * every platform, in the platform's image or by this machine's Rust.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArchitecture, platforms, type PlatformFacts } from "../../images/platforms.ts";
import { BuilderError } from "../errors.ts";
import type { Compilers } from "../sites/compilers.ts";
import type { BuildSite } from "../sites/site.ts";
import { readSourceTree } from "../sources/source-tree.ts";
import { cargoCache, containerVariables, targetFolder, targetTriples } from "../toolchains/cargo-environment.ts";
import type { EngineFiles } from "./engine.ts";
import { nativeCrateFolder, nativeCrateHash } from "./native-crate.ts";
import { hostToolchain, type HostToolchain } from "./host-rust.ts";

/** Raised when the layout of the folder changes. */
const cacheFormat = "native-v1";

export interface NativeExecutableOptions {
  readonly facts: PlatformFacts;
  readonly site: BuildSite;
  readonly cacheFolder: string;
  /** A finished engine for the platform. */
  readonly enginePath?: string | undefined;
  readonly onLog: (line: string) => void;
  readonly onNotice: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The platform's engine, and one that the site can run, which makes bytecode of bundles.
 *
 * @throws BuilderError `ENGINE_UNAVAILABLE` where it cannot be compiled; DockerError
 */
export async function nativeExecutables(options: NativeExecutableOptions): Promise<EngineFiles> {
  const { facts, site, enginePath, onNotice } = options;
  const isForeign = site.system !== `linux-${facts.architecture}`;
  if (enginePath !== undefined) {
    const path = resolve(enginePath);
    if (!existsSync(path)) throw new BuilderError("BAD_OPTIONS", `There is no engine at ${path}`);
    if (isForeign) onNotice(packedAsSource);
    return { platformExecutable: path, siteExecutable: isForeign ? undefined : path };
  }
  const platformExecutable = await ensureNative(options);
  if (!isForeign) return { platformExecutable, siteExecutable: platformExecutable };
  if (!site.system.startsWith("linux")) {
    onNotice(packedAsSource);
    return { platformExecutable, siteExecutable: undefined };
  }
  const architecture = parseArchitecture(site.system.split("-")[1] ?? "") ?? facts.architecture;
  const machine = platforms[`${facts.imageFolder}-${architecture}`];
  return { platformExecutable, siteExecutable: await ensureNative({ ...options, facts: machine }) };
}

const packedAsSource = "No engine for this machine is there: the bundle is packed as source, and starts slower";

/** Engines that this process is compiling: who wants the same one meanwhile waits for it. */
const compiling = new Map<string, Promise<string>>();

async function ensureNative(options: NativeExecutableOptions): Promise<string> {
  const { facts, site, cacheFolder, onLog } = options;
  const host = site.name === "host" ? await hostToolchain(facts) : undefined;
  const compilers = await site.compilers({ image: "rust", linksLibraries: true, facts, onLog });
  const toolchain = host?.key ?? compilers.image?.split(":").at(-1) ?? "unknown";
  const folder = join(cacheFolder, cacheFormat);
  const path = join(folder, `${facts.platform}-${await nativeCrateHash()}-${toolchain}`);
  if (existsSync(path)) return path;
  const running = compiling.get(path) ?? compile(path, compilers, host, options);
  compiling.set(path, running);
  try {
    return await running;
  } finally {
    compiling.delete(path);
  }
}

async function compile(
  path: string,
  compilers: Compilers,
  host: HostToolchain | undefined,
  { facts, cacheFolder, onLog, onNotice, signal }: NativeExecutableOptions,
): Promise<string> {
  const folder = nativeCrateFolder();
  const triple = targetTriples[facts.architecture];
  const targets = host === undefined ? targetFolder : join(cacheFolder, cacheFormat, `target-${host.key}`);
  const destination = `${path}.${randomUUID()}.part`;
  await mkdir(join(cacheFolder, cacheFormat), { recursive: true });
  onNotice(`The native engine for ${facts.platform} is compiled, once: this takes a minute or two`);
  try {
    await compilers.run({
      tree: await readSourceTree([folder]),
      folder,
      commands: [["cargo", host?.command ?? "build", "--release", "--locked", `--target=${host?.target ?? triple}`]],
      environment: host === undefined ? containerVariables(compilers, triple) : { CARGO_TARGET_DIR: targets },
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
      hint: howToGetOne,
      logTail: error.logTail,
      cause: error,
    });
  } finally {
    await rm(destination, { force: true });
  }
}

const howToGetOne =
  "It takes Rust 1.85 or later and a C compiler, or Docker (--site docker); or name a finished one by --engine-path, " +
  "or take another engine: --engine bun";
