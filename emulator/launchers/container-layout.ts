/** A container as Lambda lays it out: code read-only in /var/task, layers in /opt, its name for what listens in it. */
import { basename, dirname } from "node:path";
import type { ContainerOptions, Daemon, RunningContainer } from "../../docker/index.ts";
import type { DockerContainerOptions } from "./docker-container.ts";
import type { SandboxRequest } from "./launcher.ts";

/** What all containers of a function have in common. */
export interface ContainerSetting extends DockerContainerOptions {
  readonly daemon: Daemon;
  readonly image: string;
  /** Whether this machine reaches the addresses of containers. */
  readonly isReachable: boolean;
}

export const taskRoot = "/var/task";
export const layersFolder = "/opt";
/** Lambda's unprivileged user, `sbx_user1051` in the platform's image. */
export const sandboxUser = "993:990";
/** Under which extensions listen, on Lambda too. */
const hostName = "sandbox.localdomain";

interface Mount {
  readonly folder: string;
  readonly path: string;
}

function mountsOf({ codeFolder, layersFolder: layers }: ContainerSetting): readonly Mount[] {
  const code = { folder: codeFolder, path: taskRoot };
  return layers === undefined ? [code] : [code, { folder: layers, path: layersFolder }];
}

/** Path of the bootstrap in the container. */
export function bootstrapPath(setting: ContainerSetting): string {
  const { bootstrap } = setting;
  const inside = mountsOf(setting).find(({ folder }) => dirname(bootstrap) === folder)?.path ?? taskRoot;
  return `${inside}/${basename(bootstrap)}`;
}

/** All but the command. */
export function containerOf(
  setting: ContainerSetting,
  { memoryMib }: SandboxRequest,
): Omit<ContainerOptions, "command"> {
  const { image, facts } = setting;
  return {
    image,
    facts,
    workingDirectory: taskRoot,
    user: sandboxUser,
    hostName,
    mounts: mountsOf(setting),
    memoryMib,
  };
}

/** Where this machine reaches what listens in the container; rejects when it has ended. */
export async function listenerHostOf(container: Promise<RunningContainer>): Promise<string> {
  const ipAddress = await (await container).ipAddress();
  if (ipAddress === undefined) throw new Error("the container has no address");
  return ipAddress;
}
