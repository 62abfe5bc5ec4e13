/** Runs functions in containers of their platform's image. */
import { ensureImage, findDaemon, gatewayAddress, sweep } from "../../docker/index.ts";
import type { Platform, PlatformFacts } from "../../images/platforms.ts";
import { ContainerBootstrap } from "./container-bootstrap.ts";
import { layersFolder, taskRoot } from "./container-layout.ts";
import { ContainerSandbox } from "./container-sandbox.ts";
import { findExtensions } from "./find-extensions.ts";
import type { Launcher } from "./launcher.ts";

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

/**
 * Finds the daemon and prepares the image; containers are started per execution environment.
 *
 * @throws DockerError
 */
export async function createDockerContainerLauncher(options: DockerContainerOptions): Promise<Launcher> {
  const { facts, docker, signal } = options;
  const daemon = await findDaemon({ dockerHost: docker.host, environment: docker.environment ?? {}, signal });
  const [{ imageId: image }, { listenAddress, containerAddress }] = await Promise.all([
    ensureImage(daemon, { facts, baseImage: docker.baseImages?.[facts.platform], signal }),
    gatewayAddress(daemon),
    sweep(daemon, { signal }),
  ]);
  const extensionNames = findExtensions(options.layersFolder);
  // Otherwise its network is that of a virtual machine.
  const isReachable = containerAddress === listenAddress;
  const setting = { ...options, daemon, image, isReachable };
  return {
    listenHost: listenAddress,
    reachableHost: containerAddress,
    taskRoot,
    layersFolder,
    openSandbox: (request) =>
      extensionNames.length === 0
        ? new ContainerBootstrap(setting, request)
        : new ContainerSandbox(extensionNames, setting, request),
  };
}
