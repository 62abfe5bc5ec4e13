/** Runs a bootstrap as a process of this machine, in a process group of its own. */
import { existsSync, mkdtempSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { startProcess, TreeMemory, type ProcessExit } from "../../process/index.ts";
import type { ExitStatus, Launcher, LaunchRequest, RunningProcess } from "./launcher.ts";

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
    listenerHost: "127.0.0.1",
    extensionNames,
    launch: (request) => launchHostProcess(command, taskRoot, request, markerOf(request, extensionNames)),
    launchExtension: (name, request) =>
      launchHostProcess([join(layersFolder ?? "", extensionsFolder, name)], layersFolder ?? "", request, {}),
  };
}

/**
 * What no other environment has: its log stream, which extensions do not know, or with a snapshot, which has none, its
 * port, which they know as well.
 */
function markerOf({ environment }: LaunchRequest, extensionNames: readonly string[]): { readonly marker?: string } {
  if (logStream in environment) return { marker: logStream };
  return extensionNames.length === 0 ? { marker: "AWS_LAMBDA_RUNTIME_API" } : {};
}

const extensionsFolder = "extensions";
const logStream = "AWS_LAMBDA_LOG_STREAM_NAME";

/** Every file is one, whatever it is; folders are not. */
function findExtensions(layersFolder: string | undefined): readonly string[] {
  const folder = join(layersFolder ?? "", extensionsFolder);
  if (layersFolder === undefined || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !statSync(join(folder, name)).isDirectory())
    .toSorted();
}

function launchHostProcess(
  command: HostProcessOptions["command"],
  taskRoot: string,
  request: LaunchRequest,
  marked: { readonly marker?: string },
): RunningProcess {
  const started = startProcess({
    command,
    workingDirectory: taskRoot,
    environment: request.environment,
    onOutput: request.onOutput,
    ...marked,
  });
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
