/** Runs a bootstrap as a process of this machine, in a process group of its own. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { startProcess, TreeMemory, type ProcessExit } from "../../process/index.ts";
import type { ExitStatus, Launcher, LaunchRequest, RunningBootstrap } from "./launcher.ts";

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
  return {
    listenHost: "127.0.0.1",
    reachableHost: "127.0.0.1",
    taskRoot,
    layersFolder: layersFolder ?? "/opt",
    makeTemporaryFolder: () => mkdtempSync(join(workFolder, "tmp-")),
    launch: (request) => launchHostProcess(command, taskRoot, request),
  };
}

function launchHostProcess(
  command: HostProcessOptions["command"],
  taskRoot: string,
  request: LaunchRequest,
): RunningBootstrap {
  const started = startProcess({
    command,
    workingDirectory: taskRoot,
    environment: request.environment,
    onOutput: request.onOutput,
    // Its port belongs to this environment alone.
    marker: "AWS_LAMBDA_RUNTIME_API",
  });
  const memory = new TreeMemory(started.pid);
  return {
    exited: started.exited.then(toExitStatus).finally(() => memory.close()),
    kill: () => started.kill(),
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
