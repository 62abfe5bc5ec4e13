/** Runs a bootstrap in a container of its platform's image, as Lambda lays it out: code read-only in /var/task. */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import { ensureImage, findDaemon, gatewayAddress, startContainer, sweep } from "../../docker/index.ts";
import type { ContainerExit, Daemon, RunningContainer } from "../../docker/index.ts";
import type { Platform, PlatformFacts } from "../../images/platforms.ts";
import { EmulatorError } from "../errors.ts";
import type { ExitStatus, Launcher, LaunchRequest, RunningProcess } from "./launcher.ts";

/** How to reach Docker, and what to build its images on. */
export interface DockerOptions {
  /** Address of the daemon, tried alone. @default found as the docker CLI finds it */
  readonly host?: string;
  /** Base image by platform. @default Amazon Linux on ECR Public */
  readonly baseImages?: Partial<Readonly<Record<Platform, string>>>;
  /** The variables that name a daemon: DOCKER_HOST, DOCKER_CONTEXT, HOME … @default none of them */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface DockerContainerOptions {
  /** Folder of this machine that becomes /var/task. */
  readonly codeFolder: string;
  /** Folder of this machine that becomes /opt. */
  readonly layersFolder: string | undefined;
  /** The bootstrap, in one of the two. */
  readonly bootstrap: string;
  readonly facts: PlatformFacts;
  readonly docker: DockerOptions;
  readonly signal: AbortSignal | undefined;
}

const taskRoot = "/var/task";
const layersFolder = "/opt";
/** Lambda's unprivileged user, `sbx_user1051` in the platform's image. */
const sandboxUser = "993:990";

/**
 * Finds the daemon and prepares the image; containers are started per execution environment.
 *
 * @throws DockerError; EmulatorError `BAD_OPTIONS` for layers with extensions
 */
export async function createDockerContainerLauncher(options: DockerContainerOptions): Promise<Launcher> {
  const { facts, docker, signal } = options;
  refuseExtensions(options.layersFolder);
  const daemon = await findDaemon({ dockerHost: docker.host, environment: docker.environment ?? {}, signal });
  const [{ imageId }, { listenAddress, containerAddress }] = await Promise.all([
    ensureImage(daemon, { facts, baseImage: docker.baseImages?.[facts.platform], signal }),
    gatewayAddress(daemon),
    sweep(daemon, { signal }),
  ]);
  return {
    listenHost: listenAddress,
    reachableHost: containerAddress,
    taskRoot,
    layersFolder,
    listenerHost: containerAddress,
    extensionNames: [],
    launchExtension: () => {
      throw new Error("extensions in containers are refused before");
    },
    launch: (request) => new ContainerBootstrap(daemon, imageId, options, request),
  };
}

/** They would need the network and the files of the bootstrap's container. */
function refuseExtensions(folder: string | undefined): void {
  if (folder === undefined || !existsSync(join(folder, "extensions"))) return;
  throw new EmulatorError("BAD_OPTIONS", "External extensions are not emulated in containers", {
    hint: "Run the function as a process of this machine: without --platform, built for this machine",
  });
}

/** A container while it is being started, runs, and is taken away. */
class ContainerBootstrap implements RunningProcess {
  readonly exited: Promise<ExitStatus>;
  readonly #container: Promise<RunningContainer>;

  constructor(daemon: Daemon, image: string, options: DockerContainerOptions, request: LaunchRequest) {
    const { codeFolder, bootstrap, facts } = options;
    const mounts: { readonly folder: string; readonly path: string }[] = [{ folder: codeFolder, path: taskRoot }];
    if (options.layersFolder !== undefined) mounts.push({ folder: options.layersFolder, path: layersFolder });
    const inside = mounts.find(({ folder }) => dirname(bootstrap) === folder)?.path ?? taskRoot;
    this.#container = startContainer(daemon, {
      image,
      facts,
      command: [`${inside}/${basename(bootstrap)}`],
      workingDirectory: taskRoot,
      user: sandboxUser,
      environment: request.environment,
      mounts,
      memoryMib: request.memoryMib,
      onOutput: request.onOutput,
    });
    this.exited = this.#waitForExit();
  }

  kill(): void {
    // A failing removal has nobody to tell here; the sweep of the next start takes what is left.
    this.#container.then((container) => container.remove()).catch(() => {});
  }

  terminate(): void {
    this.#container.then((container) => container.kill("SIGTERM")).catch(() => {});
  }

  async peakMemoryBytes(): Promise<number | undefined> {
    try {
      const { peakMemoryBytes } = await (await this.#container).stats();
      return peakMemoryBytes;
    } catch {
      // The container is already gone.
      return undefined;
    }
  }

  /** The daemon passes output on in its own time. */
  outputRead(): undefined {}

  async #waitForExit(): Promise<ExitStatus> {
    try {
      const container = await this.#container;
      const exit = await container.exited;
      await container.remove();
      return toExitStatus(exit);
    } catch (error) {
      return { kind: "not-started", reason: (error as Error).message };
    }
  }
}

/** Docker reports a signal as 128 + its number. */
function toExitStatus({ exitCode, outOfMemory }: ContainerExit): ExitStatus {
  if (outOfMemory) return { kind: "killed", signal: "SIGKILL", outOfMemory };
  const signal = Object.entries(constants.signals).find(([, number]) => exitCode === 128 + number)?.[0];
  return signal === undefined ? { kind: "exited", code: exitCode } : { kind: "killed", signal, outOfMemory };
}
