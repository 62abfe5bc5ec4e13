/** Runs a bootstrap as a process of this machine, in a process group of its own. */
import { closeSync, mkdtempSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { startProcess, type ProcessExit } from "../../process/index.ts";
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
  const memory = new PeakMemoryReader(started.pid);
  return {
    exited: started.exited.then(toExitStatus).finally(() => memory.close()),
    kill: () => started.kill(),
    peakMemoryBytes: () => memory.read(),
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

/** Reads `VmHWM` (proc(5)): the peak resident set of the process, kept by the kernel. */
class PeakMemoryReader {
  static readonly #buffer = Buffer.alloc(8192);
  readonly #descriptor: number | undefined;
  #closed = false;
  #lastBytes: number | undefined;

  constructor(pid: number | undefined) {
    try {
      this.#descriptor = pid === undefined ? undefined : openSync(`/proc/${pid}/status`, "r");
    } catch {
      // No /proc (macOS), or the process is already gone: the peak is not known.
      this.#descriptor = undefined;
    }
  }

  /** The descriptor stays open: opening the file for every invocation would cost more than reading it. */
  read(): number | undefined {
    if (this.#descriptor === undefined || this.#closed) return this.#lastBytes;
    const buffer = PeakMemoryReader.#buffer;
    try {
      const length = readSync(this.#descriptor, buffer, 0, buffer.length, 0);
      const start = buffer.indexOf("VmHWM:");
      if (start >= 0 && start < length) {
        this.#lastBytes = Number.parseInt(buffer.toString("latin1", start + 6, start + 24), 10) * 1024;
      }
    } catch {
      // ESRCH: it has just ended; the last reading stands.
    }
    return this.#lastBytes;
  }

  close(): void {
    if (this.#descriptor !== undefined && !this.#closed) closeSync(this.#descriptor);
    this.#closed = true;
  }
}
