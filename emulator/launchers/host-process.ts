/** Runs a bootstrap as a process of this machine, in a process group of its own. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { parseArchitecture } from "../../images/platforms.ts";
import { startProcess, TreeMemory, type ProcessExit } from "../../process/index.ts";
import { extensionsFolder, findExtensions, whyNoExtension } from "./find-extensions.ts";
import type { ExitStatus, Launcher, RunningProcess, SandboxRequest } from "./launcher.ts";
import { notStarted } from "./not-started.ts";

export interface HostProcessOptions {
  /** Executable and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Working directory and `LAMBDA_TASK_ROOT`. */
  readonly taskRoot: string;
  /** Existing folder, for what stands in for `/tmp`. */
  readonly workFolder: string;
  /** Contents of the layers. */
  readonly layersFolder: string | undefined;
}

/** Creates the launcher; nothing is started yet. */
export function createHostProcessLauncher({
  command,
  taskRoot,
  workFolder,
  layersFolder,
}: HostProcessOptions): Launcher {
  const extensionNames = findExtensions(layersFolder);
  return {
    listenHost: "127.0.0.1",
    reachableHost: "127.0.0.1",
    taskRoot,
    layersFolder: layersFolder ?? "/opt",
    makeTemporaryFolder: () => mkdtempSync(join(workFolder, "tmp-")),
    openSandbox: ({ environment, extensionEnvironment }) => ({
      extensionNames,
      listenerHost: "127.0.0.1",
      startRuntime: (onOutput) =>
        launchHostProcess({
          command,
          workingDirectory: taskRoot,
          environment,
          onOutput,
          ...markerOf(environment, extensionNames),
        }),
      startExtension(name, onOutput) {
        const reason = whyNotHere(layersFolder ?? "", name);
        if (reason !== undefined) return notStarted(reason);
        return launchHostProcess({
          command: [join(layersFolder ?? "", extensionsFolder, name)],
          workingDirectory: layersFolder ?? "",
          environment: extensionEnvironment,
          onOutput,
        });
      },
    }),
  };
}

/** On other systems than Linux extensions are what that system runs. */
function whyNotHere(layersFolder: string, name: string): string | undefined {
  const architecture = process.platform === "linux" ? parseArchitecture(process.arch) : undefined;
  return architecture && whyNoExtension(layersFolder, name, architecture);
}

/**
 * What no other environment has: its log stream, which extensions do not know, or with a snapshot, which has none, its
 * port, which they know as well.
 */
function markerOf(
  environment: SandboxRequest["environment"],
  extensionNames: readonly string[],
): { readonly marker?: string } {
  if (logStream in environment) return { marker: logStream };
  return extensionNames.length === 0 ? { marker: "AWS_LAMBDA_RUNTIME_API" } : {};
}

const logStream = "AWS_LAMBDA_LOG_STREAM_NAME";

function launchHostProcess(options: Parameters<typeof startProcess>[0]): RunningProcess {
  const started = startProcess(options);
  const memory = new TreeMemory(started.pid);
  return {
    exited: started.exited.then(toExitStatus).finally(() => memory.close()),
    kill: () => started.kill(),
    terminate: () => started.kill("SIGTERM"),
    watchMemory: () => memory.watch(),
    peakMemoryBytes: () => memory.peakBytes(),
    outputRead: twoTurns,
  };
}

function toExitStatus(exit: ProcessExit): ExitStatus {
  switch (exit.kind) {
    case "exited":
      return { kind: "exited", code: exit.exitCode };
    case "killed":
      return { kind: "killed", signal: exit.signal, outOfMemory: false };
    case "not-started":
      return { kind: "not-started", reason: exit.cause.message };
  }
}

/**
 * The pipes and the connection are read in the same phase of the event loop, in any order. After one more such phase
 * everything is read that was written before what has just arrived.
 */
function twoTurns(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
