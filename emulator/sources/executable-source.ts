/** A bootstrap → how to run it: on this machine where it can, else in a container. */
import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { parseArchitecture, platforms, type Architecture, type Platform } from "../../images/platforms.ts";
import { EmulatorError } from "../errors.ts";
import { readExecutableArchitecture, readInterpreter } from "../executable-architecture.ts";
import type { FunctionSource, PreparedFunction, SourceOptions } from "../function-source.ts";
import { createHostProcessLauncher } from "../launchers/host-process.ts";

/** What to say when the file is not executable. */
export interface NotExecutable {
  readonly what: string;
  readonly hint: string;
}

/**
 * A launcher for a bootstrap: this machine where it can run it, else a container.
 *
 * @throws EmulatorError `SOURCE_NOT_USABLE`; DockerError
 */
export async function prepareExecutable(
  path: string,
  source: FunctionSource,
  options: SourceOptions,
  notExecutable: NotExecutable,
): Promise<PreparedFunction> {
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new EmulatorError("SOURCE_NOT_USABLE", notExecutable.what, { hint: notExecutable.hint, cause });
  }
  const { codePath, taskFolder = dirname(path) } = options;
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
    const launcher = createHostProcessLauncher({ ...options, command: [path], taskRoot: taskFolder });
    return {
      launcher,
      codePath,
      runtime: "provided.al2023",
      architecture: kind === "arm64" ? "arm64" : hostArchitecture(),
    };
  }
  if (kind !== "script" && kind !== platforms[platform].architecture) {
    throw new EmulatorError("SOURCE_NOT_USABLE", `${path} is built for ${kind}, not for ${platform}`);
  }
  const { createDockerContainerLauncher } = await import("../launchers/docker-container.ts");
  const facts = platforms[platform];
  const launcher = await createDockerContainerLauncher({
    codeFolder: taskFolder,
    layersFolder: options.layersFolder,
    bootstrap: path,
    facts,
    docker: options.docker,
    signal: options.signal,
  });
  return { launcher, codePath, runtime: facts.lambdaRuntime, architecture: facts.architecture };
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

/** That of this machine, as Lambda names it. */
export function hostArchitecture(): Architecture {
  return parseArchitecture(process.arch) ?? "x86_64";
}
