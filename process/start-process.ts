/** Starts a program of this machine in a process group of its own, and follows it to its end with nothing left behind. */
import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { endStrays } from "./end-strays.ts";

/** A program and what it is given. */
export interface ProcessOptions {
  /** Executable and its arguments; no shell looks at them. */
  readonly command: readonly [string, ...string[]];
  readonly workingDirectory: string;
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Output as it was read, in order within each stream. */
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => void;
  /**
   * Name of an environment variable whose value no other process has: at the end, whoever still carries it is ended as
   * well, even when it has left the process group (Linux).
   */
  readonly marker?: string;
}

/** Why a process is no longer there. */
export type ProcessExit =
  | { readonly kind: "exited"; readonly exitCode: number }
  | { readonly kind: "killed"; readonly signal: NodeJS.Signals }
  | { readonly kind: "not-started"; readonly cause: Error };

/** A started process. */
export interface StartedProcess {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Resolves once it is gone and its output was handed over; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Sends a signal to the whole group; harmless when it is already gone. @default "SIGKILL" */
  kill(signal?: NodeJS.Signals): void;
}

/** How long output is awaited from somebody who inherited it and could not be ended. */
const outputGraceMs = 200;

/** Starts it. What goes wrong shows in `exited`. */
export function startProcess(options: ProcessOptions): StartedProcess {
  const [executable, ...args] = options.command;
  const child = spawn(executable, args, {
    cwd: options.workingDirectory,
    env: options.environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid !== undefined) liveGroups.add(pid);
  // There is no output where the system has no descriptors left for it (EMFILE).
  const { stdout, stderr }: { readonly stdout: Readable | null; readonly stderr: Readable | null } = child;
  stdout?.on("data", (chunk: Buffer) => options.onOutput("stdout", chunk));
  stderr?.on("data", (chunk: Buffer) => options.onOutput("stderr", chunk));
  return { pid, exited: followToEnd(child, options), kill: (signal) => killGroup(pid, signal) };
}

/**
 * Waits for the end; an abort kills the process first.
 *
 * @throws the reason of the signal, once the process is gone
 */
export async function endedOrAborted(started: StartedProcess, signal: AbortSignal | undefined): Promise<ProcessExit> {
  const onAbort = (): void => started.kill();
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted === true) onAbort();
  const exit = await started.exited;
  signal?.removeEventListener("abort", onAbort);
  signal?.throwIfAborted();
  return exit;
}

function followToEnd(child: ChildProcess, { marker, environment }: ProcessOptions): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once("error", (cause) => resolve({ kind: "not-started", cause }));
    child.once("exit", (exitCode, signal) => {
      // What it left running would keep the output open.
      killGroup(child.pid);
      if (child.pid !== undefined) liveGroups.delete(child.pid);
      const value = marker === undefined ? undefined : environment[marker];
      if (marker !== undefined && value !== undefined) endStrays(`${marker}=${value}`);
      const giveUp = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, outputGraceMs);
      child.once("close", () => {
        clearTimeout(giveUp);
        resolve(exitCode === null ? { kind: "killed", signal: signal ?? "SIGKILL" } : { kind: "exited", exitCode });
      });
    });
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is already gone, which is what was wanted.
  }
}

/** Groups that must not outlive this process, however it ends. */
const liveGroups = new Set<number>();
process.on("exit", () => {
  for (const pid of liveGroups) killGroup(pid);
});
