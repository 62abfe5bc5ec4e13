/** Runs the built commands as a user does, in a scrubbed environment and a temporary folder of their own. */
import { spawn, type ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";

export const repositoryFolder: string = new URL("../..", import.meta.url).pathname;

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly umask?: string;
  /** What the superuser may do beyond the permissions of files is taken away; anybody else runs as usual. */
  readonly obeysPermissions?: boolean;
  readonly stdin?: string;
  /** Called with the process and everything stderr has said so far. */
  readonly onStderr?: (child: ChildProcess, stderr: string) => void;
  readonly onStdout?: (child: ChildProcess, stdout: string) => void;
}

/** Settings of this machine that would change what a command does. */
const scrubbed = /^(DOCKER_|AWS_|VITEST|FORCE_COLOR$|NO_COLOR$|DEBUG|NODE_OPTIONS|TEST_|REQUIRE_|CI$)/;

/** An address at which no daemon answers, so that a build goes to the host site. */
export const noDocker: Readonly<Record<string, string>> = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };

const withoutPowers = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"];

/** Runs `dist/cli/<name>.js` to its end. */
export async function runCommand(
  name: "build" | "emulate",
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const inherited = Object.entries(process.env).filter(([variable]) => !scrubbed.test(variable));
  const script = `${repositoryFolder}dist/cli/${name}.js`;
  const isPowerful = options.obeysPermissions === true && process.getuid?.() === 0;
  const command = [
    ...(isPowerful ? withoutPowers : []),
    ...(options.umask === undefined ? [] : ["/bin/sh", "-c", `umask ${options.umask}; exec "$@"`, "sh"]),
    process.execPath,
  ];
  const [executable = process.execPath, ...rest] = command;
  const child = spawn(executable, [...rest, script, ...args], {
    cwd: options.cwd ?? repositoryFolder,
    env: { ...Object.fromEntries(inherited), ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(options.stdin ?? "");
  const watch = (stream: "stdout" | "stderr", onText: CommandOptions["onStderr"]): void => {
    let soFar = "";
    child[stream].setEncoding("utf8").on("data", (chunk: string) => onText?.(child, (soFar += chunk)));
  };
  watch("stderr", options.onStderr);
  watch("stdout", options.onStdout);
  const exitCode = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exitCode, stdout, stderr };
}
