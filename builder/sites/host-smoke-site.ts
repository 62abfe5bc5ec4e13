/** Starts a bootstrap as a process of this machine, for a smoke run without Docker. */
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { SmokeSite } from "../smoke-run.ts";

/** The smoke site of this machine; only for bootstraps of its own system and architecture. */
export const hostSmokeSite: SmokeSite = {
  listenHost: "127.0.0.1",
  reachableHost: "127.0.0.1",
  async start(executable, environment, onLog) {
    const child = spawn(executable, [], {
      cwd: dirname(executable),
      env: { ...environment, PATH: "/usr/bin:/bin" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", onLog);
    const exited = new Promise<number>((resolve) => {
      child.once("error", (error) => {
        onLog(error.message);
        resolve(127);
      });
      child.once("close", (code) => resolve(code ?? 137));
    });
    return {
      exited,
      async stop() {
        if (child.pid !== undefined && child.exitCode === null) killGroup(child.pid);
        await exited;
      },
    };
  },
};

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: it has just ended by itself.
  }
}
