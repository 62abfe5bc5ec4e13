/** Starts a bootstrap as a process of this machine, for a smoke run without Docker. */
import { dirname } from "node:path";
import { startProcess } from "../../process/index.ts";
import type { SmokeSite } from "../smoke-run.ts";

/** The smoke site of this machine; only for bootstraps of its own system and architecture. */
export const hostSmokeSite: SmokeSite = {
  listenHost: "127.0.0.1",
  reachableHost: "127.0.0.1",
  async start(executable, environment, onOutput) {
    const bootstrap = startProcess({
      command: [executable],
      workingDirectory: dirname(executable),
      environment: { PATH: "/usr/bin:/bin", ...environment },
      onOutput,
      marker: "AWS_LAMBDA_RUNTIME_API",
    });
    return {
      exited: bootstrap.exited.then((exit) => {
        if (exit.kind === "exited") return `exited with code ${exit.exitCode}`;
        return exit.kind === "killed" ? `was ended by ${exit.signal}` : `could not be started: ${exit.cause.message}`;
      }),
      async stop() {
        bootstrap.kill();
        await bootstrap.exited;
      },
    };
  },
};
