/** Whether a daemon can run containers of a platform: asked by running one, never by reading messages. */
import { randomUUID } from "node:crypto";
import type { PlatformFacts } from "../images/platforms.ts";
import type { Daemon } from "./daemon.ts";
import { DockerError } from "./errors.ts";
import { ownerLabels } from "./owner-labels.ts";

const expectedExitCode = 42;
/** Exit code of a container whose program does not exist, as for a shell. */
const programNotFound = 127;
const runnable = new WeakMap<Daemon, Set<string>>();

/**
 * To be called before long work for a foreign architecture, and when a program of it failed: finds out whether anything of
 * this architecture runs. There is no code for "exec format error": runc starts the container and it exits with 1, and under
 * Init the error becomes that of a shell which reads the program as a script. So the image's own shell is asked for an exit
 * code. An image without /bin/sh cannot be asked and passes.
 * @throws {DockerError} `PLATFORM_NOT_RUNNABLE`
 */
export async function assertRunnable(
  daemon: Daemon,
  options: {
    readonly image: string;
    readonly facts: PlatformFacts;
    readonly labels?: Readonly<Record<string, string>> | undefined;
  },
): Promise<void> {
  const { architecture, dockerPlatform } = options.facts;
  const known = runnable.get(daemon) ?? new Set();
  if ((await daemon.info()).architecture === architecture || known.has(architecture)) {
    return;
  }
  const exitCode = await shellExitCode(daemon, options);
  if (exitCode === programNotFound) {
    return;
  }
  if (exitCode !== expectedExitCode) {
    throw new DockerError("PLATFORM_NOT_RUNNABLE", `This Docker daemon cannot run ${dockerPlatform} containers`, {
      exitCode,
      hint:
        `Enable emulation: docker run --privileged --rm tonistiigi/binfmt --install ${options.facts.dockerArchitecture}, ` +
        "or install the packages qemu-user-static and binfmt-support on the daemon's machine",
    });
  }
  runnable.set(daemon, known.add(architecture));
}

async function shellExitCode(
  daemon: Daemon,
  {
    image,
    facts,
    labels,
  }: { image: string; facts: PlatformFacts; labels?: Readonly<Record<string, string>> | undefined },
): Promise<number> {
  const id = await daemon.createContainer(`runtime-aws-lambda-${randomUUID()}`, facts.dockerPlatform, {
    Image: image,
    Entrypoint: ["/bin/sh", "-c", `exit ${expectedExitCode}`],
    User: "0:0",
    WorkingDir: "/",
    Labels: { ...labels, ...ownerLabels() },
    HostConfig: { Init: false, NetworkMode: "none" },
  });
  try {
    await daemon.startContainer(id, undefined);
    return await daemon.waitForExit(id, undefined);
  } catch (error) {
    if (error instanceof DockerError && error.statusCode !== undefined) {
      return (await daemon.inspectContainer(id)).exitCode;
    }
    throw error;
  } finally {
    await daemon.removeContainer(id);
  }
}
