/** The host site: commands run on this machine, in a folder of their own. */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArchitecture, type PlatformFacts } from "../../images/platforms.ts";
import { endedOrAborted, LogTail, startProcess } from "../../process/index.ts";
import type { EngineSystem } from "../engines/engine-packages.ts";
import { BuilderError } from "../errors.ts";
import { hostCompilers } from "./host-compilers.ts";
import { placeFile } from "./place-file.ts";
import type { BuildSite, SiteCommand, SiteInput, SiteOutput } from "./site.ts";

/**
 * The site of this machine.
 *
 * @throws BuilderError `ENGINE_NOT_SUPPORTED` where no engine runs: neither Linux nor macOS, or a foreign processor
 */
export function hostSite(facts: PlatformFacts): BuildSite {
  return {
    name: "host",
    image: undefined,
    system: hostSystem(),
    run: runOnHost,
    compilers: async (request) => hostCompilers(request.facts ?? facts),
  };
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

async function runOnHost(command: SiteCommand): Promise<SiteOutput> {
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
    return {};
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function placeInput(folder: string, { name, content, isExecutable = false, isEngine }: SiteInput): Promise<void> {
  const path = join(folder, name);
  const mode = isExecutable || isEngine === true ? 0o755 : 0o644;
  if ("fromFile" in content) await placeFile(content.fromFile, path, mode);
  else await writeFile(path, content, { mode });
}

async function runCommand(folder: string, { executable, args, output, onLog, signal }: SiteCommand): Promise<void> {
  const tail = new LogTail(onLog);
  const child = startProcess({
    command: [join(folder, executable), ...args(output)],
    workingDirectory: folder,
    // Nothing of the caller's environment can change the result.
    environment: { PATH: "/usr/bin:/bin", HOME: folder, TMPDIR: folder },
    onOutput: (stream, chunk) => tail.write(chunk, stream),
  });
  const exit = await endedOrAborted(child, signal);
  const logTail = tail.end();
  if (exit.kind === "not-started") {
    const message = `${executable} could not be started: ${exit.cause.message}`;
    throw new BuilderError("COMPILE_FAILED", message, { cause: exit.cause });
  }
  if (exit.kind === "killed") {
    throw new BuilderError("COMPILE_FAILED", `${executable} was ended by ${exit.signal}`, { logTail });
  }
  const { exitCode } = exit;
  if (exitCode !== 0) {
    throw new BuilderError("COMPILE_FAILED", `${executable} ended with exit code ${exitCode}`, { exitCode, logTail });
  }
}
