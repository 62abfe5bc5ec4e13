/** What is asked of a Docker daemon and what it answers, in this package's own types. */
import type { Architecture } from "../images/platforms.ts";

/** What a daemon says about itself. */
export interface DaemonInfo {
  readonly serverVersion: string;
  /** Of the machine (or virtual machine) the daemon runs on. */
  readonly architecture: Architecture;
  readonly kind: "docker" | "podman";
  /** Such as `Docker Desktop` or `Debian GNU/Linux 12 (bookworm)`. */
  readonly operatingSystem: string;
  readonly isRootless: boolean;
}

/** What is used of an image's inspection. */
export interface ImageInspection {
  /** `sha256:…` */
  readonly imageId: string;
  /** Docker's spelling: `amd64`, `arm64`. */
  readonly dockerArchitecture: string;
  /** As a registry names it, `name@sha256:…`; undefined for an image that comes from none. */
  readonly digest?: string | undefined;
  /** The label of ours that tells it of the base image. */
  readonly baseImage?: string | undefined;
}

/** What is used of a container's inspection. */
export interface ContainerInspection {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** Pid of the container's first process in the daemon's pid namespace; 0 when it does not run. */
  readonly pid: number;
  /** Its own in the daemon's network; undefined when it does not run, or has none. */
  readonly ipAddress: string | undefined;
}

/** What is used of the inspection of a process that was started in a running container. */
export interface ExecInspection {
  readonly isRunning: boolean;
  /** 128 + the signal's number when a signal ended it; undefined while it runs. */
  readonly exitCode: number | undefined;
}

/** An image or container as a listing shows it. */
export interface Listed {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
}

/** A named volume. */
export interface ListedVolume {
  readonly name: string;
  readonly sizeBytes: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** An image under one of its names. */
export interface ListedImage {
  readonly name: string;
  /** With what it shares with others. */
  readonly sizeBytes: number;
}

/** Options of {@link Daemon.buildImage}. */
export interface BuildRequest {
  readonly reference: string;
  readonly dockerPlatform: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly networkMode: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}
