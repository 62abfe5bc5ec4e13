/** What a container is made from, and its translation into the Engine API's words. */
import type { TarEntry } from "../archive/index.ts";
import type { PlatformFacts } from "../images/platforms.ts";
import { ownerLabels } from "./owner-labels.ts";

/** What is put into a container before it starts, at an absolute path; folders on its way are made. */
export type ContainerFile = TarEntry;

/** Something mounted into a container at `path`. */
export type ContainerMount =
  /** A folder of the daemon's machine, read-only; a local daemon only. */
  | { readonly folder: string; readonly path: string }
  /** A named volume, made when it does not exist, writable; root-owned at first. */
  | { readonly volume: string; readonly path: string; readonly labels?: Readonly<Record<string, string>> };

/** Options of `startContainer`. */
export interface ContainerOptions {
  /** Reference or id of a local image. */
  readonly image: string;
  readonly facts: PlatformFacts;
  /** The program and its arguments; the image's own entry point and command are not used. */
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** @default the image's */
  readonly workingDirectory?: string | undefined;
  /** Name, or `uid:gid`. @default the image's */
  readonly user?: string | undefined;
  /** Name and domain, `host.domain`; both names lead the container to itself. @default its id */
  readonly hostName?: string | undefined;
  readonly files?: readonly ContainerFile[] | undefined;
  readonly mounts?: readonly ContainerMount[] | undefined;
  /** Folders that are volumes without a name: they can be handed to another container, and go with this one. */
  readonly volumes?: readonly string[] | undefined;
  /** Id of a container whose volumes this one has as well. */
  readonly volumesFrom?: string | undefined;
  /** Memory limit, without swap. @default none */
  readonly memoryMib?: number | undefined;
  /** `none`, `bridge`, `host` or a network's name. @default the daemon's default, bridge */
  readonly networkMode?: string | undefined;
  /** More labels; every container carries its owner's. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Called with the output as it comes, cut anywhere. What it throws ends the container. */
  readonly onOutput?: ((stream: "stdout" | "stderr", chunk: Buffer) => void) | undefined;
  /** Its abort kills and removes the container. */
  readonly signal?: AbortSignal | undefined;
}

/** The body of ContainerCreate (Engine API 1.41). */
export function containerRequest(options: ContainerOptions): object {
  const { image, command, environment = {}, workingDirectory, user, mounts = [], memoryMib, networkMode } = options;
  const { volumes, volumesFrom } = options;
  const [host, ...domain] = options.hostName?.split(".") ?? [];
  const memoryBytes = memoryMib === undefined ? undefined : memoryMib * 1024 * 1024;
  return {
    Image: image,
    // An entry point without a command: otherwise the image's own would come before or after it.
    Entrypoint: command,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(workingDirectory !== undefined && { WorkingDir: workingDirectory }),
    ...(user !== undefined && { User: user }),
    ...(host !== undefined && { Hostname: host, Domainname: domain.join(".") }),
    ...(volumes !== undefined && { Volumes: Object.fromEntries(volumes.map((path) => [path, {}])) }),
    Labels: { ...options.labels, ...ownerLabels() },
    HostConfig: {
      // A first process that passes signals on and reaps: without it a shell as pid 1 ignores SIGTERM.
      Init: true,
      // Never AutoRemove: exit code, out-of-memory flag and files are read after the end.
      AutoRemove: false,
      ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
      ...(networkMode !== undefined && { NetworkMode: networkMode }),
      ...(volumesFrom !== undefined && { VolumesFrom: [volumesFrom] }),
      Mounts: mounts.map((mount) =>
        "folder" in mount
          ? { Type: "bind", Source: mount.folder, Target: mount.path, ReadOnly: true }
          : { Type: "volume", Source: mount.volume, Target: mount.path },
      ),
    },
  };
}
