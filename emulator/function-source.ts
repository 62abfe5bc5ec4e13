/** The path a user gives → a launcher for the bootstrap behind it. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { parseArchitecture, platforms, type Platform } from "../images/platforms.ts";
import { EmulatorError } from "./errors.ts";
import { readExecutableArchitecture, readInterpreter } from "./executable-architecture.ts";
import { isHandlerModule, moduleExtensions } from "./handler-module.ts";
import type { DockerOptions } from "./launchers/docker-container.ts";
import { createHostProcessLauncher } from "./launchers/host-process.ts";
import type { Launcher } from "./launchers/launcher.ts";

export interface FunctionSource {
  /** Path of a handler module, a zip archive or an executable. */
  readonly source: string;
  /** Export of a handler module. */
  readonly handler?: string | undefined;
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
}

/** A function's name when the user gives none: the file's, or its folder's when the file's says nothing. */
export function defaultFunctionName(source: string): string {
  const path = resolve(source);
  const stem = basename(path, extname(path));
  const isGeneric = /^(handler|index|main|bootstrap|function(-al.*)?|lambda)$/.test(stem);
  return (isGeneric ? basename(dirname(path)) : stem).replaceAll(/[^a-zA-Z0-9-_]/g, "-").slice(0, 64) || "function";
}

/**
 * Prepares a function for its first environment.
 *
 * @throws EmulatorError `SOURCE_NOT_FOUND`, `SOURCE_NOT_USABLE`; BundleError, ArchiveError and DockerError of the part
 *   that does the work
 */
export async function prepareFunction(source: FunctionSource, options: PrepareOptions): Promise<Launcher> {
  const path = resolve(source.source);
  if (!existsSync(path)) throw new EmulatorError("SOURCE_NOT_FOUND", `There is nothing at ${path}`);
  if (isHandlerModule(path)) return prepareModule(path, source, options);
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
  await extractZip(path, options.workFolder);
  return prepareFolder(options.workFolder, source, options, {
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

function prepareFolder(
  folder: string,
  source: FunctionSource,
  options: PrepareOptions,
  { what, missing, notExecutable }: FolderTexts,
): Promise<Launcher> {
  const bootstrap = join(folder, "bootstrap");
  if (statSync(bootstrap, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new EmulatorError("SOURCE_NOT_USABLE", `${what} holds no file named bootstrap`, { hint: missing });
  }
  return prepareExecutable(bootstrap, source, options, {
    what: `The bootstrap of ${what} is not executable`,
    hint: notExecutable,
  });
}

async function prepareModule(path: string, source: FunctionSource, options: PrepareOptions): Promise<Launcher> {
  if (source.platform !== undefined) {
    throw new EmulatorError("BAD_OPTIONS", `${path} is source and runs on this machine's Node.js, not on a platform`, {
      hint: `Build it first: npx build ${quoteForShell(path)} --platform ${source.platform}, then emulate the function.zip`,
    });
  }
  const { bundleFunction } = await import("../bundle/index.ts");
  const exportName = source.handler ?? "handler";
  const { code } = await bundleFunction({ source: path, exportName, format: "module", sourceMap: true });
  const file = join(options.workFolder, "bootstrap.mjs");
  await writeFile(file, code);
  return createHostProcessLauncher({
    command: [process.execPath, "--enable-source-maps", file],
    taskRoot: dirname(path),
  });
}

async function prepareExecutable(
  path: string,
  source: FunctionSource,
  options: PrepareOptions,
  notExecutable: { readonly what: string; readonly hint: string },
): Promise<Launcher> {
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new EmulatorError("SOURCE_NOT_USABLE", notExecutable.what, { hint: notExecutable.hint, cause });
  }
  const kind = await readExecutableArchitecture(path);
  if (kind === "unknown" && process.platform === "linux") {
    throw new EmulatorError(
      "SOURCE_NOT_USABLE",
      `${path} is neither an ELF executable nor a script that begins with #!`,
      {
        hint: "Lambda could not start it either",
      },
    );
  }
  const interpreter = kind === "script" ? await readInterpreter(path) : undefined;
  checkLineEnd(path, interpreter);
  const platform = source.platform ?? platformFor(kind, options.onNotice);
  if (platform === undefined) {
    if (kind === "script") checkInterpreter(path, interpreter);
    return createHostProcessLauncher({ command: [path], taskRoot: dirname(path) });
  }
  if (kind !== "script" && kind !== platforms[platform].architecture) {
    throw new EmulatorError("SOURCE_NOT_USABLE", `${path} is built for ${kind}, not for ${platform}`);
  }
  const { createDockerContainerLauncher } = await import("./launchers/docker-container.ts");
  return createDockerContainerLauncher({
    codeFolder: dirname(path),
    fileName: basename(path),
    facts: platforms[platform],
    docker: options.docker,
    signal: options.signal,
  });
}

/** The carriage return would become part of the interpreter's name, on this machine as on Lambda. */
function checkLineEnd(path: string, interpreter: string | undefined): void {
  if (interpreter?.endsWith("\r") !== true) return;
  throw new EmulatorError(
    "SOURCE_NOT_USABLE",
    `The first line of ${path} ends with CR LF, so its interpreter is not found`,
    {
      hint: "Save the script with LF line ends",
    },
  );
}

/** What the system would only call ENOENT, as if the script itself were missing. */
function checkInterpreter(path: string, interpreter: string | undefined): void {
  if (interpreter !== undefined && existsSync(interpreter)) return;
  throw new EmulatorError(
    "SOURCE_NOT_USABLE",
    `The first line of ${path} asks for ${interpreter ?? "no interpreter"}, which is not on this machine`,
    { hint: "Name one that is, also on Lambda, or choose a container with --platform" },
  );
}

/** Undefined: this machine runs it itself. */
function platformFor(kind: string, onNotice: (message: string) => void): Platform | undefined {
  const host = process.platform === "linux" ? parseArchitecture(process.arch) : undefined;
  if (kind === "script" || kind === "unknown" || kind === host) return undefined;
  const platform: Platform = kind === "arm64" ? "al2023-arm64" : "al2023-x86_64";
  onNotice(
    `The bootstrap is built for ${kind} Linux: it runs in a container of ${platform} (--platform chooses another)`,
  );
  return platform;
}

function quoteForShell(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
