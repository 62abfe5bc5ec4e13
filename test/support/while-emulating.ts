/** `emulate` as a server, for as long as a test uses it. */
import { runCommand, type CommandOptions, type CommandResult } from "./run-command.ts";

/** Starts the server on any free port, calls `use` with its endpoint, then presses Ctrl-C. */
export async function whileEmulating(
  args: readonly string[],
  use: (endpoint: string) => Promise<void>,
  options: Pick<CommandOptions, "cwd" | "environment"> = {},
): Promise<CommandResult> {
  let used: Promise<void> | undefined;
  const result = await runCommand("emulate", [...args, "--port", "0"], {
    ...options,
    onStdout(child, stdout) {
      const endpoint = /http:\/\/[^\s"]+/.exec(stdout)?.[0];
      if (endpoint === undefined || !stdout.endsWith("\n")) return;
      used ??= use(endpoint).finally(() => child.kill("SIGINT"));
      // Looked at below; until then it must not count as unhandled.
      used.catch(() => {});
    },
  });
  await used;
  return result;
}
