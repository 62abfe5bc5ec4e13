/** Starts a further process in a container that runs, and hands out what can be done with it. */
import type { Readable } from "node:stream";
import { LogTail } from "../process/index.ts";
import type { ContainerOptions } from "./container-options.ts";
import type { Daemon } from "./daemon.ts";
import { execCommand, exitCodeOf } from "./exec-command.ts";
import { PidLine } from "./pid-line.ts";
import { readOutput } from "./read-output.ts";

/** Options of {@link startExec}. */
export type ExecOptions = Pick<ContainerOptions, "command" | "environment" | "workingDirectory" | "user" | "onOutput">;

/** How it ended; 128 + the signal's number when a signal ended it. */
export type ExecExit = { readonly exitCode: number } | { readonly notStarted: string };

/** A process in a container; it leads a process group, and ends with its container at the latest. */
export interface RunningExec {
  /** Settles when it has ended and its output is complete. Rejects when the connection breaks or `onOutput` throws. */
  readonly exited: Promise<ExecExit>;
  /** Sends a signal to its process group; does nothing when it has ended. @default "KILL" */
  kill(signalName?: "TERM" | "KILL"): Promise<void>;
}

/** A shell changes these of its own accord. */
const shellVariables = ["PWD", "OLDPWD", "SHLVL", "_"];

/**
 * Starts a process in a running container.
 * @throws {DockerError} `DOCKER_REQUEST_FAILED`
 */
export async function startExec(daemon: Daemon, containerId: string, options: ExecOptions): Promise<RunningExec> {
  const { environment = {}, workingDirectory, user } = options;
  const execId = await daemon.createExec(containerId, {
    Cmd: tellingItsPid(options),
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    AttachStdout: true,
    AttachStderr: true,
    ...(workingDirectory !== undefined && { WorkingDir: workingDirectory }),
    ...(user !== undefined && { User: user }),
  });
  const pidLine = new PidLine();
  let hasEnded = false;
  const exited = follow(daemon, execId, await daemon.startExec(execId), pidLine, options);
  const ended = (): void => void (hasEnded = true);
  exited.then(ended, ended);
  return {
    exited,
    async kill(signalName = "KILL") {
      const pid = await pidLine.pid;
      if (!hasEnded && pid !== undefined) await execCommand(daemon, containerId, `kill -s ${signalName} -- -${pid}`);
    },
  };
}

/**
 * The daemon has no request that sends a signal to such a process, and knows its pid outside of the container only. So a
 * shell tells its own, in a first line of output, before it becomes the program; `env` undoes what the shell did to the
 * variables, and `nice` takes a program for one that has a `=` in its name.
 */
function tellingItsPid({ command, environment = {} }: ExecOptions): readonly string[] {
  const [unset, set] = [[] as string[], [] as string[]];
  for (const name of shellVariables) {
    const value = environment[name];
    if (value === undefined) unset.push("-u", name);
    else set.push(`${name}=${value}`);
  }
  const script = 'echo "$$"; exec /usr/bin/env "$@"';
  return ["/bin/sh", "-c", script, "sh", ...unset, ...set, "/usr/bin/nice", "-n", "0", ...command];
}

async function follow(
  daemon: Daemon,
  execId: string,
  output: Readable,
  pidLine: PidLine,
  { command, onOutput }: ExecOptions,
): Promise<ExecExit> {
  const tail = new LogTail();
  // The first line of stderr: perhaps why the program cannot be started, and then no output of it.
  let held: Buffer | undefined = Buffer.alloc(0);
  const release = (): void => {
    if (held !== undefined && held.length > 0) onOutput?.("stderr", held);
    held = undefined;
  };
  try {
    await readOutput(output, new LogTail(), {
      onOutput(stream, chunk) {
        const rest = stream === "stdout" ? pidLine.take(chunk) : chunk;
        if (rest.length === 0) return;
        tail.write(rest, stream);
        const line = held !== undefined && stream === "stderr" ? Buffer.concat([held, rest]) : undefined;
        if (line !== undefined && niceLine.test(line.toString())) {
          held = line;
          return;
        }
        release();
        onOutput?.(stream, rest);
      },
    });
  } finally {
    pidLine.end();
    output.destroy();
  }
  const exitCode = await exitCodeOf(daemon, execId);
  const notStarted = whyNotStarted(await pidLine.pid, exitCode, tail.end(), command[0]);
  if (notStarted !== undefined) return { notStarted };
  release();
  return { exitCode };
}

/** As it comes, in pieces. */
const niceLine = /^(?:\/usr\/bin\/)?nice: [^\n]*\n?$/;

/** 126 and 127 are those of a program that cannot be executed or found, with the words of `nice` about it. */
function whyNotStarted(
  pid: number | undefined,
  exitCode: number,
  lines: readonly string[],
  program: string,
): string | undefined {
  if (pid === undefined) return lines.join(" ") || `exit code ${exitCode}`;
  const [line = ""] = exitCode === 126 || exitCode === 127 ? lines : [];
  const reason = niceLine.test(line) ? /.*: (.+)$/.exec(line)?.[1] : undefined;
  return reason && `fork/exec ${program}: ${reason.toLowerCase()}`;
}
