/** Runs a short command in a container that runs, as root, to its end. */
import { setTimeout as delay } from "node:timers/promises";
import { LogTail } from "../process/index.ts";
import type { Daemon } from "./daemon.ts";
import { readOutput } from "./read-output.ts";

const firstAskMs = 5;
const lastAskMs = 500;
/** 128 + SIGKILL: what a daemon tells of a process that was killed, by whomever. */
export const killedExitCode = 137;

/** @returns its output, a line each. @throws {DockerError} `DOCKER_REQUEST_FAILED` */
export async function execCommand(daemon: Daemon, containerId: string, script: string): Promise<readonly string[]> {
  const execId = await daemon.createExec(containerId, {
    Cmd: ["/bin/sh", "-c", script],
    User: "0:0",
    AttachStdout: true,
    AttachStderr: true,
  });
  const tail = new LogTail();
  await readOutput(await daemon.startExec(execId), tail, {});
  await exitCodeOf(daemon, execId);
  return tail.end();
}

/**
 * Of a process whose output has ended, so that it rarely takes long; the daemon has no request that waits for it.
 * @returns 128 + the signal's number when a signal ended it, also that of a removed container. @throws {DockerError}
 */
export async function exitCodeOf(daemon: Daemon, execId: string): Promise<number> {
  for (let askMs = firstAskMs; ; askMs = Math.min(lastAskMs, askMs * 2)) {
    const state = await daemon.inspectExec(execId);
    if (state === undefined) return killedExitCode;
    if (!state.isRunning && state.exitCode !== undefined) return state.exitCode;
    await delay(askMs);
  }
}

/**
 * How many processes of it the kernel has killed at its memory limit: what its control group says, v2 or v1. The daemon
 * tells only of the container's first process.
 */
export async function memoryKills(daemon: Daemon, containerId: string): Promise<number> {
  const files = "/sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control";
  const lines = await execCommand(daemon, containerId, `cat ${files} 2>/dev/null`);
  return Number(lines.find((line) => line.startsWith("oom_kill "))?.slice("oom_kill ".length) ?? 0);
}
