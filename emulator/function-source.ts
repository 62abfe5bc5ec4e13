/** The path a user gives → a launcher for the bootstrap behind it. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { Architecture, Platform, PlatformFacts } from "../images/platforms.ts";
import { EmulatorError } from "./errors.ts";
import type { JavaScriptEngine } from "./function-configuration.ts";
import { isHandlerModule, moduleExtensions } from "./handler-module.ts";
import { prepareLayers } from "./layers.ts";
import type { DockerOptions } from "./launchers/docker-container.ts";
import type { Launcher } from "./launchers/launcher.ts";
import { watchFile } from "./watch-file.ts";
import { prepareExecutable } from "./sources/executable-source.ts";
import { prepareModule } from "./sources/module-source.ts";

export interface FunctionSource {
  /** Path of a handler module, a zip archive or an executable. */
  readonly source: string;
  /** Export of a handler module. */
  readonly handler?: string | undefined;
  /** Runs a handler module. */
  readonly engine?: JavaScriptEngine | undefined;
  /** Port for a debugger of a handler module. */
  readonly inspect?: number | undefined;
  /** Forces a container of this platform. */
  readonly platform?: Platform | undefined;
}

export interface PrepareOptions {
  /** Existing empty folder for what has to be unpacked or bundled. */
  readonly workFolder: string;
  readonly docker: DockerOptions;
  /** Sentences about choices made for the user. */
  readonly onNotice: (message: string) => void;
  readonly signal: AbortSignal | undefined;
  /** Watch the source. */
  readonly reload?: ReloadListener | undefined;
}

/** Who hears of changed code. */
export interface ReloadListener {
  /** The code is ready to be run. `changedMs`: when the change was seen (`performance.now()`). */
  onReload(code: PreparedFunction, changedMs: number): void;
  /** It cannot be used; the last one stays. */
  onError(error: Error): void;
}

/** What the kinds of sources work with. */
export interface SourceOptions extends PrepareOptions {
  /** Contents of the layers; undefined without any. */
  readonly layersFolder: string | undefined;
  /** File whose size and hash are those of the function's code. */
  readonly codePath: string;
  /** Folder that becomes `/var/task`. @default the bootstrap's */
  readonly taskFolder?: string;
}

/** A function's name when the user gives none: the file's, or its folder's when the file's says nothing. */
export function defaultFunctionName(source: string): string {
  const path = resolve(source);
  const stem = basename(path, extname(path));
  const isGeneric = /^(handler|index|main|bootstrap|function(-al.*)?|lambda)$/.test(stem);
  return (isGeneric ? basename(dirname(path)) : stem).replaceAll(/[^a-zA-Z0-9-_]/g, "-").slice(0, 64) || "function";
}

/**
 * The file or folder that a path stands for: of a folder without a `bootstrap`, its handler module.
 *
 * @throws EmulatorError `SOURCE_NOT_FOUND`
 */
export function resolveSource(source: string): string {
  const path = resolve(source);
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) throw new EmulatorError("SOURCE_NOT_FOUND", `There is nothing at ${path}`);
  if (!facts.isDirectory() || existsSync(join(path, "bootstrap"))) return path;
  const names = new Set(readdirSync(path));
  const stems = ["handler", "index"];
  const found = stems
    .flatMap((stem) => moduleExtensions.map((extension) => stem + extension))
    .find((name) => names.has(name));
  return found === undefined ? path : join(path, found);
}

/** A function that is ready for its first environment. */
export interface PreparedFunction {
  readonly launcher: Launcher;
  /** File whose size and hash are those of the function's code. */
  readonly codePath: string;
  readonly architecture: Architecture;
  readonly runtime: PlatformFacts["lambdaRuntime"];
  /** Ends the watching of its source. */
  readonly stopWatching?: () => Promise<void>;
}

/**
 * Prepares a function for its first environment.
 *
 * @param path as `resolveSource` gives it
 * @throws EmulatorError `SOURCE_NOT_USABLE`, `BAD_OPTIONS`; BundleError, ArchiveError and DockerError of the part that
 *   does the work
 */
export async function prepareFunction(
  path: string,
  source: FunctionSource,
  { layers = [], ...given }: PrepareOptions & { readonly layers?: readonly string[] | undefined },
): Promise<PreparedFunction> {
  const layersFolder = await prepareLayers(layers, given.workFolder);
  const options: SourceOptions = { ...given, layersFolder, codePath: path };
  if (isHandlerModule(path)) return prepareModule(path, source, options);
  const code = await prepareCompiled(path, source, options);
  const { reload, workFolder } = options;
  if (reload === undefined) return code;
  let generation = 0;
  const prepareAgain = async (changedMs: number): Promise<void> => {
    try {
      const folder = join(workFolder, `change-${generation++}`);
      await mkdir(folder);
      reload.onReload(await prepareCompiled(path, source, { ...options, workFolder: folder }), changedMs);
    } catch (error) {
      reload.onError(error as Error);
    }
  };
  const stop = watchFile(code.codePath, (changedMs) => void prepareAgain(changedMs));
  return { ...code, stopWatching: async () => stop() };
}

/** An archive, an executable, or a folder with one. */
async function prepareCompiled(
  path: string,
  source: FunctionSource,
  options: SourceOptions,
): Promise<PreparedFunction> {
  if (statSync(path).isDirectory()) {
    return prepareFolder(path, source, options, {
      what: `The folder ${path}`,
      missing: "Name the handler module itself, for example ./handler.ts",
      notExecutable: "It needs its x bit: chmod +x",
    });
  }
  if (extname(path) !== ".zip") {
    return prepareExecutable(path, source, options, {
      what: `${path} is neither a handler module nor an executable file`,
      hint: `Handler modules end in ${moduleExtensions.join(" ")}; an executable needs its x bit: chmod +x`,
    });
  }
  const { extractZip } = await import("../archive/index.ts");
  const folder = join(options.workFolder, "task");
  await extractZip(path, folder);
  return prepareFolder(folder, source, options, {
    what: path,
    missing: "A custom runtime's archive has the executable `bootstrap` at the top level; `npx build` makes one",
    notExecutable: "The archive does not carry its x bit, and Lambda would not start it: chmod +x before packing",
  });
}

/** How to speak of a folder, or of the archive it was unpacked from. */
interface FolderTexts {
  readonly what: string;
  readonly missing: string;
  readonly notExecutable: string;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Lambda looks for the bootstrap in the code first, then in the layers. */
function prepareFolder(
  folder: string,
  source: FunctionSource,
  options: SourceOptions,
  { what, missing, notExecutable }: FolderTexts,
): Promise<PreparedFunction> {
  const { layersFolder } = options;
  const bootstrap = [folder, ...(layersFolder === undefined ? [] : [layersFolder])]
    .map((each) => join(each, "bootstrap"))
    .find(isFile);
  if (bootstrap === undefined) {
    throw new EmulatorError("SOURCE_NOT_USABLE", `${what} holds no file named bootstrap`, { hint: missing });
  }
  const codePath = options.codePath === folder ? bootstrap : options.codePath;
  return prepareExecutable(
    bootstrap,
    source,
    { ...options, codePath, taskFolder: folder },
    { what: `The bootstrap of ${what} is not executable`, hint: notExecutable },
  );
}
