/**
 * The door to the Docker daemon: the only one that loads dockerode. One method per request of the Engine API that is used,
 * in this package's own types; every failure leaves as a DockerError, an abort as the signal's reason.
 */
import type { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { askInfo, imageInspection, listedVolumes } from "./read-answers.ts";
import { dockerodeOptions } from "./connect.ts";
import type { DaemonConnection } from "./daemon-address.ts";
import type {
  BuildRequest,
  ContainerInspection,
  DaemonInfo,
  ExecInspection,
  ImageInspection,
  Listed,
  ListedImage,
  ListedVolume,
} from "./daemon-answers.ts";
import type { NetworkAnswer, NetworkPool, VolumesAnswer } from "./daemon-words.ts";
import { watched, withSignal } from "./abortable.ts";
import { ask } from "./ask.ts";
import type { DockerError } from "./errors.ts";
import { requestFailed } from "./request-failed.ts";

type Signal = AbortSignal | undefined;

/** Connects to a daemon that is known to be there. @param address as it is shown to people */
export async function connectDaemon(address: string, connection: DaemonConnection, sshAgent?: string): Promise<Daemon> {
  const { default: Docker } = await import("dockerode");
  try {
    return new Daemon(address, connection.kind === "socket", new Docker(dockerodeOptions(connection, sshAgent)));
  } catch (cause) {
    // docker-modem reads DOCKER_HOST in its constructor even when it is not needed.
    throw requestFailed(`Connecting to ${address}`, cause);
  }
}

/** A daemon that answered. Made by `findDaemon`; its methods are for this folder. */
export class Daemon {
  /** Such as `unix:///var/run/docker.sock`. */
  readonly address: string;
  /** Whether it is reached through a socket of this machine. */
  readonly isLocal: boolean;
  readonly #docker: Dockerode;
  #info: Promise<DaemonInfo> | undefined;

  /** @internal */
  constructor(address: string, isLocal: boolean, docker: unknown) {
    this.address = address;
    this.isLocal = isLocal;
    this.#docker = docker as Dockerode;
  }

  /** What the daemon says about itself; asked once. */
  async info(): Promise<DaemonInfo> {
    this.#info ??= ask("Asking the daemon what it is", undefined, () => askInfo(this.#docker));
    try {
      return await this.#info;
    } catch (error) {
      this.#info = undefined;
      throw error;
    }
  }

  /** @internal */
  async ping(signal: Signal): Promise<void> {
    // The types know only the form without options.
    const ping = this.#docker.ping.bind(this.#docker) as (options: object) => Promise<unknown>;
    await ask("Asking the daemon for an answer", signal, () => ping(withSignal(signal)));
  }

  /** The image, or undefined. With `dockerPlatform`, daemons that keep several variants of an image answer for that one. @internal */
  async inspectImage(reference: string, dockerPlatform?: string): Promise<ImageInspection | undefined> {
    const [os, architecture] = dockerPlatform?.split("/") ?? [];
    // API 1.49; older daemons ignore it.
    const platform = dockerPlatform === undefined ? {} : { platform: JSON.stringify({ os, architecture }) };
    const inspection = await ask(
      `Inspecting the image ${reference}`,
      undefined,
      () => this.#docker.getImage(reference).inspect(platform as object),
      404,
    );
    return inspection && imageInspection(inspection);
  }

  /** @internal */
  async pullImage(reference: string, dockerPlatform: string, signal: Signal): Promise<AsyncIterable<Buffer>> {
    const doing = `Pulling ${reference} for ${dockerPlatform}`;
    const options = { platform: dockerPlatform, ...withSignal(signal) };
    const stream = await ask(doing, signal, () => this.#docker.pull(reference, options));
    return watched(stream as Readable, doing, signal);
  }

  /** Classic build API: podman and daemons without BuildKit have it. @internal */
  async buildImage(context: Readable, build: BuildRequest, signal: Signal): Promise<AsyncIterable<Buffer>> {
    const doing = `Building ${build.reference}`;
    const options = {
      t: build.reference,
      platform: build.dockerPlatform,
      buildargs: { ...build.buildArguments },
      labels: { ...build.labels },
      ...(build.networkMode === undefined ? {} : { networkmode: build.networkMode }),
      // Without forcerm a failed RUN leaves its container behind.
      rm: true,
      forcerm: true,
      ...withSignal(signal),
    };
    const stream = await ask(doing, signal, () => this.#docker.buildImage(context, options));
    return watched(stream as Readable, doing, signal);
  }

  /** Removes an image; false when something uses it (409) or it is gone (404). @internal */
  async removeImage(imageId: string): Promise<boolean> {
    const image = this.#docker.getImage(imageId);
    return (await ask(`Removing the image ${imageId}`, undefined, () => image.remove({}), 404, 409)) !== undefined;
  }

  /** @internal */
  async listDanglingImages(labels: readonly string[], signal: Signal): Promise<readonly Listed[]> {
    const filters = { dangling: ["true"], label: [...labels] };
    const images = await ask("Listing images", signal, () =>
      this.#docker.listImages({ filters: JSON.stringify(filters), ...withSignal(signal) }),
    );
    return images.map(({ Id, Labels, Created }) => ({ id: Id, labels: Labels ?? {}, createdAtMs: Created * 1000 }));
  }

  /** @internal */
  async listContainers(labels: readonly string[], signal: Signal): Promise<readonly Listed[]> {
    const containers = await ask("Listing containers", signal, () =>
      this.#docker.listContainers({ all: true, filters: { label: [...labels] }, ...withSignal(signal) }),
    );
    return containers.map(({ Id, Labels, Created }) => ({ id: Id, labels: Labels ?? {}, createdAtMs: Created * 1000 }));
  }

  /**
   * Not abortable: an aborted request may still make a container, whose id nobody would know.
   * @param body of ContainerCreate in the Engine API. @internal
   */
  async createContainer(name: string, dockerPlatform: string, body: object): Promise<string> {
    // Without _query and _body, docker-modem puts the body into the URL as well: secrets end up in logs.
    const options = { _query: { name, platform: dockerPlatform }, _body: body };
    const container = await ask(`Creating the container ${name}`, undefined, () =>
      this.#docker.createContainer(options as object),
    );
    return container.id;
  }

  /** @internal */
  async putArchive(id: string, archive: Readable, signal: Signal): Promise<void> {
    const options = { path: "/", ...withSignal(signal) };
    await ask("Copying files into a container", signal, () =>
      this.#docker.getContainer(id).putArchive(archive, options),
    );
  }

  /** The file or folder as a tar archive, or undefined when there is none. @internal */
  async getArchive(id: string, path: string, signal: Signal): Promise<Readable | undefined> {
    const options = { path, ...withSignal(signal) };
    const doing = `Copying ${path} out of a container`;
    return (await ask(doing, signal, () => this.#docker.getContainer(id).getArchive(options), 404)) as
      | Readable
      | undefined;
  }

  /** The container's output from now on, multiplexed. @internal */
  async attach(id: string, signal: Signal): Promise<Readable> {
    const options = { stream: true, stdout: true, stderr: true, ...withSignal(signal) };
    return (await ask("Attaching to a container", signal, () =>
      this.#docker.getContainer(id).attach(options),
    )) as unknown as Readable;
  }

  /** @internal */
  async startContainer(id: string, signal: Signal): Promise<void> {
    await ask("Starting a container", signal, () => this.#docker.getContainer(id).start({ ...withSignal(signal) }));
  }

  /** The exit code; at once if the container has ended already. @internal */
  async waitForExit(id: string, signal: Signal): Promise<number> {
    const doing = "Waiting for a container";
    const { StatusCode } = (await ask(doing, signal, () =>
      this.#docker.getContainer(id).wait({ ...withSignal(signal) }),
    )) as { StatusCode: number };
    return StatusCode;
  }

  /** Sends a signal; a container that does not run (409, podman 500) or is gone (404) is left in peace. @internal */
  async killContainer(id: string, signalName: string): Promise<void> {
    const container = this.#docker.getContainer(id);
    try {
      await ask("Killing a container", undefined, () => container.kill({ signal: signalName }), 404, 409);
    } catch (error) {
      const isEnded = (error as DockerError).statusCode === 500 && (await this.inspectContainer(id)).pid === 0;
      if (!isEnded) throw error;
    }
  }

  /** Kills and removes; gone (404) and being removed (409) are fine. @internal */
  async removeContainer(id: string): Promise<void> {
    const container = this.#docker.getContainer(id);
    await ask("Removing a container", undefined, () => container.remove({ force: true, v: true }), 404, 409);
  }

  /** @internal */
  async inspectContainer(id: string): Promise<ContainerInspection> {
    const { State, NetworkSettings } = await ask("Inspecting a container", undefined, () =>
      this.#docker.getContainer(id).inspect(),
    );
    const networks = Object.values((NetworkSettings as Partial<typeof NetworkSettings> | undefined)?.Networks ?? {});
    const ipAddress = networks.find(({ IPAddress }) => IPAddress !== "")?.IPAddress;
    return { exitCode: State.ExitCode, outOfMemory: State.OOMKilled, pid: State.Pid, ipAddress };
  }

  /** What has happened to a container so far, and from now on until the abort. @param event such as `oom` @internal */
  async containerEvents(id: string, event: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const doing = "Reading the events of a container";
    // Those of the past come only where a time is given.
    const options = { since: 1, filters: JSON.stringify({ container: [id], event: [event] }), ...withSignal(signal) };
    return watched((await ask(doing, signal, () => this.#docker.getEvents(options))) as Readable, doing, signal);
  }

  /** Prepares a further process in a running container. @param body of ContainerExec in the Engine API. @internal */
  async createExec(id: string, body: object): Promise<string> {
    const exec = await ask("Preparing a process in a container", undefined, () =>
      this.#docker.getContainer(id).exec(body),
    );
    return exec.id;
  }

  /** Starts it. Its output, multiplexed. @internal */
  async startExec(execId: string): Promise<Readable> {
    return ask("Starting a process in a container", undefined, () =>
      this.#docker.getExec(execId).start({ Detach: false, Tty: false }),
    );
  }

  /** Undefined when the container, and the process with it, is gone (404). @internal */
  async inspectExec(execId: string): Promise<ExecInspection | undefined> {
    const exec = this.#docker.getExec(execId);
    const state = await ask("Inspecting a process in a container", undefined, () => exec.inspect(), 404);
    return state && { isRunning: state.Running, exitCode: state.ExitCode ?? undefined };
  }

  /** Memory of a running container in bytes; the highest so far only under cgroup v1. @internal */
  async containerMemory(id: string): Promise<{ usageBytes: number; peakBytes: number | undefined }> {
    // one-shot: without it the daemon waits a second for a CPU rate nobody reads.
    const options = { stream: false, "one-shot": true } as const;
    const stats = await ask("Reading a container's memory", undefined, () =>
      this.#docker.getContainer(id).stats(options),
    );
    const memory = stats.memory_stats as Partial<typeof stats.memory_stats> | undefined;
    return { usageBytes: memory?.usage ?? 0, peakBytes: memory?.max_usage || undefined };
  }

  /** The address pools of a network; none when there is no such network. @internal */
  async networkPools(name: string): Promise<readonly NetworkPool[]> {
    const inspect = (): Promise<NetworkAnswer> => this.#docker.getNetwork(name).inspect() as Promise<NetworkAnswer>;
    const network = await ask(`Inspecting the network ${name}`, undefined, inspect, 404);
    return network?.IPAM?.Config ?? [];
  }

  /** All volumes; their sizes, where they are asked for, take the daemon long to find out. @internal */
  async listVolumes({ withSizes }: { readonly withSizes: boolean }): Promise<readonly ListedVolume[]> {
    const answer = (await ask("Listing volumes", undefined, () =>
      withSizes ? this.#docker.df() : this.#docker.listVolumes(),
    )) as VolumesAnswer;
    return listedVolumes(answer);
  }

  /** Makes a volume unless there is one of this name; its labels are those it was made with. @internal */
  async ensureVolume(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    await ask(`Creating the volume ${name}`, undefined, () =>
      this.#docker.createVolume({ Name: name, Labels: { ...labels } }),
    );
  }

  /** False when something uses it (409) or it is gone (404). @internal */
  async removeVolume(name: string): Promise<boolean> {
    const volume = this.#docker.getVolume(name);
    const removed = await ask(
      `Removing the volume ${name}`,
      undefined,
      async () => (await volume.remove(), true),
      404,
      409,
    );
    return removed === true;
  }

  /** Images with a name that begins so. @internal */
  async listNamedImages(namePrefix: string): Promise<readonly ListedImage[]> {
    const images = await ask("Listing images", undefined, () => this.#docker.listImages());
    return images.flatMap(({ RepoTags, Size }) =>
      (RepoTags ?? []).filter((each) => each.startsWith(namePrefix)).map((name) => ({ name, sizeBytes: Size })),
    );
  }
}
