/**
 * Packages that stay outside of the bundle, installed for the platform: npm chooses what is prebuilt for its system, and
 * addons that come as sources are compiled in its image. Nothing is copied from the project's own node_modules, which are
 * for this machine.
 */
import { constants, existsSync, readFileSync, realpathSync } from "node:fs";
import { copyFile, mkdir, open, readdir, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { ExternalPackage } from "../../bundle/index.ts";
import type { PlatformFacts } from "../../images/platforms.ts";
import { ensureEngine } from "../engines/engine-cache.ts";
import { enginePackages } from "../engines/engine-packages.ts";
import { BuilderError } from "../errors.ts";
import { runNpm } from "../npm.ts";
import type { PackagedFile } from "../packaged-file.ts";
import type { BuildSite } from "../sites/site.ts";
import { compileAddon } from "./native-addon.ts";

export interface ExternalPackagesOptions {
  readonly externals: readonly ExternalPackage[];
  readonly facts: PlatformFacts;
  readonly site: BuildSite;
  /** Existing folder for what is installed. */
  readonly outputFolder: string;
  /** Holds the engines. */
  readonly cacheFolder: string;
  readonly onLog: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Compiles the addons. */
const nodeGyp = "node-gyp@13.1.0";
/** The last one that runs on Amazon Linux 2's Python 3.7. No recent Node.js starts there: Bun takes its place. */
const nodeGypForAl2 = "node-gyp@9.4.1";

/**
 * Installs the packages and what they depend on.
 *
 * @returns the files under `node_modules/`
 * @throws BuilderError `PACKAGE_UNAVAILABLE`, `COMPILE_FAILED`
 */
export async function installPackages(options: ExternalPackagesOptions): Promise<readonly PackagedFile[]> {
  const { externals, facts, outputFolder, onLog, signal } = options;
  if (externals.length === 0) return [];
  const folder = join(outputFolder, "packages");
  await mkdir(folder);
  const dependencies = Object.fromEntries(externals.map((each) => [each.name, specifierOf(each)]));
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
  const target = ["--os=linux", `--cpu=${facts.architecture === "x86_64" ? "x64" : "arm64"}`, "--libc=glibc"];
  await install(
    folder,
    [...target, "--omit=dev", "--install-links"],
    `Installing ${Object.keys(dependencies).join(", ")}`,
    options,
  );
  const packages = await packageFolders(join(folder, "node_modules"));
  const uncompiled = packages.filter((each) => existsSync(join(each, "binding.gyp")));
  const missing: string[] = [];
  for (const each of uncompiled) {
    // oxlint-disable-next-line no-await-in-loop -- few
    if (!(await hasAddonFor(each, facts))) missing.push(each);
  }
  if (missing.length > 0) {
    const tools = await installTools(options);
    for (const each of missing) {
      // oxlint-disable-next-line no-await-in-loop -- a compiler uses every core
      await compileAddon({ ...options, ...tools, packages: folder, folder: each, onLog, signal });
    }
  }
  return filesOf(folder, facts);
}

/** What compiles addons, in a folder of its own. */
async function installTools(
  options: ExternalPackagesOptions,
): Promise<{ readonly tools: string; readonly nodePackage: string; readonly node: string }> {
  const { facts, site, outputFolder, cacheFolder, onLog, signal } = options;
  const tools = join(outputFolder, "addon-tools");
  await mkdir(join(tools, "bin"), { recursive: true });
  await writeFile(join(tools, "package.json"), JSON.stringify({ private: true }));
  const architecture = toolArchitecture(site);
  const { name: nodePackage = "", version = "" } = enginePackages.node[`linux-${architecture}`] ?? {};
  const isBun = facts.imageFolder === "al2" && site.name === "docker";
  const gyp = isBun ? nodeGypForAl2 : nodeGyp;
  await install(tools, ["--force", gyp, `${nodePackage}@${version}`], `Installing ${gyp}`, options);
  if (!isBun) return { tools, nodePackage, node: join(tools, "node_modules", nodePackage, "bin/node") };
  const node = join(tools, "bin/node");
  const bun = await ensureEngine("bun", `linux-${architecture}`, { cacheFolder, onLog, signal });
  await copyFile(bun, node, constants.COPYFILE_FICLONE);
  return { tools, nodePackage, node };
}

function toolArchitecture({ system }: BuildSite): "x86_64" | "arm64" {
  return system.endsWith("arm64") ? "arm64" : "x86_64";
}

/** The version that the project has, or its folder for one that is linked into node_modules. */
function specifierOf({ name, folder }: ExternalPackage): string {
  if (folder === undefined) {
    throw new BuilderError(
      "PACKAGE_UNAVAILABLE",
      `The package ${name} is to stay outside of the bundle, and is not installed`,
      { hint: `npm install ${name}` },
    );
  }
  if (!existsSync(folder)) {
    throw new BuilderError("PACKAGE_UNAVAILABLE", `The package ${name} is in an archive of Yarn's: ${folder}`, {
      hint: `yarn unplug ${name}`,
    });
  }
  const real = realpathSync(folder);
  if (!real.split(sep).includes("node_modules")) return `file:${real}`;
  return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
}

async function install(
  folder: string,
  args: readonly string[],
  doing: string,
  { onLog, signal }: ExternalPackagesOptions,
): Promise<void> {
  await runNpm({
    args: ["install", ...args, "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"],
    workingDirectory: folder,
    doing,
    code: "PACKAGE_UNAVAILABLE",
    hint: "Check `npm config get registry`, the proxy and the network",
    onLog,
    signal,
  });
}

async function packageFolders(modules: string): Promise<readonly string[]> {
  const entries = await readdir(modules, { recursive: true, withFileTypes: true });
  return entries.filter(({ name }) => name === "package.json").map(({ parentPath }) => parentPath);
}

async function hasAddonFor(folder: string, facts: PlatformFacts): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true });
  const addons = entries.filter((name) => name.endsWith(".node"));
  return (await Promise.all(addons.map((name) => isFor(facts, join(folder, name))))).includes(true);
}

/** Whether it is an ELF file for the platform's machine; whether it could be loaded the gate finds out. */
async function isFor({ elfMachine }: PlatformFacts, path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0);
  return bytesRead === 20 && buffer.readUInt32BE(0) === 0x7f_45_4c_46 && buffer.readUInt16LE(18) === elfMachine;
}

/** Everything but npm's own notes, commands, and addons for other machines. */
async function filesOf(folder: string, facts: PlatformFacts): Promise<readonly PackagedFile[]> {
  const entries = await readdir(join(folder, "node_modules"), { recursive: true, withFileTypes: true });
  const files = entries
    .filter((each) => each.isFile() && each.name !== ".package-lock.json")
    .map(({ parentPath, name }) => join(parentPath, name));
  const wanted = await Promise.all(
    files.map(async (file) => !file.endsWith(".node") || (!file.includes("musl") && (await isFor(facts, file)))),
  );
  return files
    .filter((file, index) => wanted[index] === true && !file.includes(`${sep}.bin${sep}`))
    .map((fromFile) => ({
      path: relative(folder, fromFile).split(sep).join("/"),
      fromFile,
      mode: fromFile.endsWith(".node") ? 0o755 : 0o644,
    }));
}
