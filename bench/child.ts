/** Processes of the bench: started with a bare environment, watched, and gone when they are no longer needed. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

const children = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

type Command = readonly [string, ...string[]];
type Environment = Readonly<Record<string, string | undefined>>;

/** Nothing of the caller's: NODE_OPTIONS and the like would be measured, too. */
const bareEnvironment = { PATH: process.env["PATH"], HOME: process.env["HOME"] };

/** A running process. */
export interface Child {
  readonly pid: number;
  /** The first line it prints; rejects when it ends before. */
  readonly firstLine: Promise<string>;
  /** Processor time it has used, in ms; undefined where there is no /proc. */
  cpuMs(): number | undefined;
  /** Most memory it has had so far, in bytes; undefined where there is no /proc. */
  peakMemoryBytes(): number | undefined;
  /** Ends it and waits until it is gone. @param signal default SIGKILL; SIGTERM for one that has to tidy up */
  stop(signal?: "SIGTERM"): Promise<void>;
}

/**
 * Starts a process that runs until it is stopped. Its stderr is shown when it ends by itself.
 *
 * @param onLine called with each line it prints
 */
export function startChild(
  [program, ...args]: Command,
  environment: Environment = {},
  onLine?: (line: string) => void,
): Child {
  const child = spawn(program, args, {
    env: { ...bareEnvironment, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  if (onLine !== undefined) createInterface({ input: child.stdout }).on("line", onLine);
  const gone = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  let output = "";
  let errors = "";
  let isStopped = false;
  child.stderr.on("data", (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-2000)));
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      if (output.includes("\n")) return;
      output += chunk.toString();
      const [line = ""] = output.split("\n");
      if (output.includes("\n")) resolve(line);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      children.delete(child);
      if (!isStopped) reject(new Error(`${program} ${args.join(" ")} ended with ${code ?? signal}\n${errors}`));
    });
  });
  firstLine.catch(() => {});
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  return {
    pid,
    firstLine,
    cpuMs: () => readCpuMs(pid),
    peakMemoryBytes: () => readPeakMemory(pid),
    stop(signal) {
      isStopped = true;
      child.kill(signal ?? "SIGKILL");
      return gone;
    },
  };
}

/** proc(5): the 14th and 15th field of stat, in ticks of 10 ms; counted from behind the name, which may hold blanks. */
function readCpuMs(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

/** proc(5): `VmHWM` of status, in KiB. */
function readPeakMemory(pid: number): number | undefined {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** Runs a process to its end. Rejects when it fails. */
export async function runChild(
  [program, ...args]: Command,
  environment: Environment = {},
): Promise<{ stdout: string; durationMs: number }> {
  const startedMs = performance.now();
  const child = spawn(program, args, {
    env: { ...bareEnvironment, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  const durationMs = performance.now() - startedMs;
  children.delete(child);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${String(code ?? signal)}\n${stderr}`);
  return { stdout, durationMs };
}
