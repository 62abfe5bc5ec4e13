/** Starts a bootstrap as a process of this machine, for a smoke run without Docker. */
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ownedName, removeLeftovers, startProcess } from "../../process/index.ts";
import type { PackagedFile } from "../packaged-file.ts";
import type { SmokeSite } from "../smoke-run.ts";
import { placeFile } from "./place-file.ts";

const prefix = "runtime-aws-lambda-smoke";

/** The smoke site of this machine; only for bootstraps of its own system and architecture. */
export const hostSmokeSite: SmokeSite = {
  listenHost: "127.0.0.1",
  reachableHost: "127.0.0.1",
  async start(files, environment, onOutput) {
    await removeLeftovers(resolve(tmpdir()), prefix);
    const folder = join(resolve(tmpdir()), ownedName(prefix));
    await mkdir(folder, { mode: 0o700 });
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
    await Promise.all(files.map((file) => place(folder, file))).catch(async (error: unknown) => {
      await remove();
      throw error;
    });
    const bootstrap = startProcess({
      command: [join(folder, "bootstrap")],
      workingDirectory: folder,
      environment: { PATH: "/usr/bin:/bin", ...environment, LAMBDA_TASK_ROOT: folder },
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
        await remove();
      },
    };
  },
};

async function place(folder: string, { path, fromFile, mode }: PackagedFile): Promise<void> {
  const destination = join(folder, path);
  await mkdir(dirname(destination), { recursive: true });
  await placeFile(fromFile, destination, mode);
}
