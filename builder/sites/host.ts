/** The host site: commands run on this machine, in a folder of their own. */
import { spawn } from "node:child_process";
import { copyFile, link, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { parseArchitecture } from "../../images/platforms.ts";
import type { EngineSystem } from "../engines/engine-packages.ts";
import { BuilderError } from "../errors.ts";
import type { BuildSite, SiteCommand, SiteInput } from "./site.ts";

/**
 * The site of this machine.
 *
 * @throws BuilderError `ENGINE_NOT_SUPPORTED` where no engine runs: neither Linux nor macOS, or a foreign processor
 */
export function hostSite(): BuildSite {
  return { name: "host", system: hostSystem(), run: runOnHost };
}

function hostSystem(): EngineSystem {
  const { platform, arch } = process;
  const architecture = parseArchitecture(arch);
  if ((platform === "linux" || platform === "darwin") && architecture !== undefined)
    return `${platform}-${architecture}`;
  throw new BuilderError("ENGINE_NOT_SUPPORTED", `No JavaScript engine can be run on ${platform} ${arch}`, {
    hint: "Use --site docker",
  });
}

async function runOnHost(command: SiteCommand): Promise<void> {
  // Beside the destination, so that the output can be moved and the inputs can be linked.
  const folder = await mkdtemp(join(dirname(command.destination), "site-"));
  try {
    await Promise.all(command.inputs.map((input) => placeInput(folder, input)));
    await runCommand(folder, command);
    await rename(join(folder, command.output), command.destination).catch((cause: unknown) => {
      throw new BuilderError("COMPILE_FAILED", `${command.executable} ended well, but wrote no ${command.output}`, {
        cause,
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function placeInput(folder: string, { name, content, isExecutable }: SiteInput): Promise<void> {
  const path = join(folder, name);
  if (!("fromFile" in content)) return writeFile(path, content, { mode: isExecutable === true ? 0o755 : 0o644 });
  // A hard link spares copying a hundred megabytes; another file system or user needs the copy.
  await link(content.fromFile, path).catch(() => copyFile(content.fromFile, path));
}

async function runCommand(folder: string, command: SiteCommand): Promise<void> {
  const { executable, args, onLog, signal } = command;
  const logTail: string[] = [];
  const child = spawn(join(folder, executable), args, {
    cwd: folder,
    // Nothing of the caller's environment can change the result.
    env: { PATH: "/usr/bin:/bin", HOME: folder, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      logTail.push(line);
      if (logTail.length > 40) logTail.shift();
      onLog(line);
    });
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new BuilderError("COMPILE_FAILED", `${executable} could not be started: ${(cause as Error).message}`, {
      cause,
    });
  });
  signal?.throwIfAborted();
  if (exitCode !== 0) {
    const message = `${executable} ended with exit code ${exitCode}`;
    throw new BuilderError("COMPILE_FAILED", message, { exitCode, logTail });
  }
}
