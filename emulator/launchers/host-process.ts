/** Runs a bootstrap as a process of this machine, in a process group of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import type { ExitStatus, Launcher, LaunchRequest, RunningBootstrap } from "./launcher.ts";

export interface HostProcessOptions {
  /** Executable and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Working directory and `LAMBDA_TASK_ROOT`. */
  readonly taskRoot: string;
}

/** Creates the launcher; nothing is started yet. */
export function createHostProcessLauncher({ command, taskRoot }: HostProcessOptions): Launcher {
  return {
    listenHost: "127.0.0.1",
    reachableHost: "127.0.0.1",
    taskRoot,
    launch: (request) => launchHostProcess(command, taskRoot, request),
  };
}

function launchHostProcess(
  [executable, ...args]: readonly [string, ...string[]],
  taskRoot: string,
  request: LaunchRequest,
): RunningBootstrap {
  const child = spawn(executable, args, {
    cwd: taskRoot,
    env: request.environment,
    // A group of its own, so that what the bootstrap starts dies with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const memory = new PeakMemoryReader(child.pid);
  if (child.pid !== undefined) liveGroups.add(child.pid);
  child.stdout.on("data", (chunk: Buffer) => request.onOutput("stdout", chunk));
  child.stderr.on("data", (chunk: Buffer) => request.onOutput("stderr", chunk));
  return {
    exited: waitForExit(child).finally(() => memory.close()),
    kill: () => killGroup(child.pid),
    peakMemoryBytes: () => memory.read(),
  };
}

function waitForExit(child: ChildProcess): Promise<ExitStatus> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ kind: "not-started", reason: error.message }));
    child.once("exit", () => {
      // What it left running would keep the output open.
      killGroup(child.pid);
      if (child.pid !== undefined) liveGroups.delete(child.pid);
    });
    child.once("close", (code, signal) => {
      if (code !== null) resolve({ kind: "exited", code });
      else resolve({ kind: "killed", signal: signal ?? "SIGKILL", outOfMemory: false });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: the group is already gone, which is what was wanted.
  }
}

/** Groups that must not outlive this process, however it ends. */
const liveGroups = new Set<number>();
process.on("exit", () => {
  for (const pid of liveGroups) killGroup(pid);
});

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
