/** Starts a container and hands out what can be done with one that runs. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Readable } from "node:stream";
import { writeTar, type ExtractedFile } from "../archive/index.ts";
import { containerRequest, type ContainerOptions } from "./container-options.ts";
import { copyOut, type ContainerOutput } from "./copy-out.ts";
import type { Daemon } from "./daemon.ts";
import { killedExitCode, memoryKills } from "./exec-command.ts";
import { LogTail } from "../process/index.ts";
import { labelNames } from "./owner-labels.ts";
import { peakMemory } from "./peak-memory.ts";
import { assertRunnable } from "./platform-check.ts";
import { readOutput } from "./read-output.ts";
import { sawOutOfMemory } from "./saw-out-of-memory.ts";
import { startExec, type ExecOptions, type RunningExec } from "./start-exec.ts";

/** How a container ended. */
export interface ContainerExit {
  /** 128 + the signal's number when a signal ended it. */
  readonly exitCode: number;
  /** Whether the kernel killed a process of it at its memory limit. */
  readonly outOfMemory: boolean;
  /** The last lines of stdout and stderr, at most 40. */
  readonly logTail: readonly string[];
}

/** A container that has been started; whoever holds it must {@link RunningContainer.remove} it. */
export interface RunningContainer {
  readonly id: string;
  /**
   * Settles when the container has ended and its output is complete. Rejects, with the container removed, when the signal
   * is aborted (its reason), when the connection breaks, when `onOutput` throws, or with `PLATFORM_NOT_RUNNABLE`.
   */
  readonly exited: Promise<ContainerExit>;
  /** Sends a signal; does nothing when it has ended. @default "SIGKILL" */
  kill(signalName?: string): Promise<void>;
  /** Kills and removes it with its anonymous volumes; may be called again. */
  remove(): Promise<void>;
  /** Highest memory use seen; see {@link peakMemory} for how well it is known. */
  stats(): Promise<{ readonly peakMemoryBytes: number }>;
  /** Its own address in the daemon's network; undefined when it has ended, or has none. */
  ipAddress(): Promise<string | undefined>;
  /** Takes a file out of it, also after its end; undefined when there is none. */
  copyOut(output: ContainerOutput, signal: AbortSignal | undefined): Promise<ExtractedFile | undefined>;
  /** Starts a further process in it. */
  startExec(options: ExecOptions): Promise<RunningExec>;
  /** How many of its processes the kernel has killed at its memory limit; only while it runs. */
  memoryKills(): Promise<number>;
}

// Longest wait for the rest of the output after the end. dockerd closes the connection at once.
const outputGraceMs = 5000;
const askIntervalMs = 1000;

/**
 * Creates a container, copies the files in and starts it.
 * @throws {DockerError} `DOCKER_REQUEST_FAILED`, `PLATFORM_NOT_RUNNABLE`; the signal's reason when aborted; node's error
 * when a file cannot be read. Nothing is left behind in any of these cases.
 */
export async function startContainer(daemon: Daemon, options: ContainerOptions): Promise<RunningContainer> {
  const { facts, files = [], signal } = options;
  signal?.throwIfAborted();
  for (const mount of options.mounts ?? []) {
    // By hand, for the labels: podman makes volumes of a container without theirs.
    if ("volume" in mount) await daemon.ensureVolume(mount.volume, { ...mount.labels, [labelNames.role]: "cache" });
  }
  const name = `runtime-aws-lambda-${randomUUID()}`;
  const id = await daemon.createContainer(name, facts.dockerPlatform, containerRequest(options));
  let removed: Promise<void> | undefined;
  const remove = (): Promise<void> => (removed ??= daemon.removeContainer(id));
  try {
    if (files.length > 0) {
      await copyIn(daemon, id, writeTar(files), signal);
    }
    const output = await daemon.attach(id, signal);
    try {
      await daemon.startContainer(id, signal);
    } catch (error) {
      output.destroy();
      signal?.throwIfAborted();
      await assertRunnable(daemon, options);
      throw error;
    }
    let killed = false;
    const exited = follow(daemon, id, output, options, () => killed).catch(async (error: unknown) => {
      // Where that fails as well, the next sweep does it: what went wrong first is what counts.
      await remove().catch(() => undefined);
      throw error;
    });
    // The holder may look at it late, or only remove the container.
    exited.catch(() => undefined);
    const memory = peakMemory(daemon, id);
    return {
      id,
      exited,
      remove: () => {
        killed = true;
        return remove();
      },
      kill: (signalName = "SIGKILL") => {
        killed = true;
        return daemon.killContainer(id, signalName);
      },
      stats: async () => ({ peakMemoryBytes: await memory() }),
      ipAddress: async () => (await daemon.inspectContainer(id)).ipAddress,
      copyOut: (wanted, whileWanted) => copyOut(daemon, id, wanted, whileWanted),
      startExec: (exec) => startExec(daemon, id, exec),
      memoryKills: () => memoryKills(daemon, id),
    };
  } catch (error) {
    await remove().catch(() => undefined);
    throw error;
  }
}

async function copyIn(daemon: Daemon, id: string, archive: Readable, signal: AbortSignal | undefined): Promise<void> {
  let unreadable: unknown;
  archive.on("error", (error) => (unreadable = error));
  try {
    await daemon.putArchive(id, archive, signal);
  } catch (error) {
    throw signal?.aborted === true ? error : (unreadable ?? error);
  } finally {
    // docker-modem leaves its source open when the request ends early.
    archive.destroy();
  }
}

async function follow(
  daemon: Daemon,
  id: string,
  output: Readable,
  options: ContainerOptions,
  wasKilled: () => boolean,
): Promise<ContainerExit> {
  const tail = new LogTail();
  const reading = readOutput(output, tail, options);
  // wait comes after start and without a condition: with AutoRemove off it answers at once for a container that has
  // ended already, whereas "next-exit" sent beside start could come too late and wait for ever.
  const waiting = daemon.waitForExit(id, options.signal);
  // When reading fails first, nobody looks at it any more.
  waiting.catch(() => undefined);
  try {
    const exitCode = await Promise.race([waiting, reading.then(() => exitCodeAfterOutput(daemon, id, waiting))]);
    await Promise.race([reading, delay(outputGraceMs, undefined, { ref: false })]);
    const inspected = await daemon.inspectContainer(id);
    const isUnexplained = exitCode === killedExitCode && options.memoryMib !== undefined && !wasKilled();
    const outOfMemory = inspected.outOfMemory || (isUnexplained && (await sawOutOfMemory(daemon, id)));
    if (exitCode !== 0 && !outOfMemory && !wasKilled()) {
      await assertRunnable(daemon, options);
    }
    return { exitCode, outOfMemory, logTail: tail.end() };
  } finally {
    output.destroy();
    await reading.catch(() => undefined);
  }
}

/**
 * docker-modem 5 never settles a wait whose connection breaks after the head of the answer has come. So once the output has
 * ended, which it does at a broken connection as well, the container itself is asked from time to time.
 */
async function exitCodeAfterOutput(daemon: Daemon, id: string, waiting: Promise<number>): Promise<number> {
  for (;;) {
    const told = new AbortController();
    try {
      const exitCode = await Promise.race([waiting, delay(askIntervalMs, undefined, { signal: told.signal })]);
      if (exitCode !== undefined) return exitCode;
    } finally {
      // The timer would keep this process from ending.
      told.abort();
    }
    const state = await daemon.inspectContainer(id);
    if (state.pid === 0) return state.exitCode;
  }
}
