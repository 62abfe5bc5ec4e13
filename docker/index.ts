/** The Docker (or podman) daemon: found, images ensured, containers run and swept. */
export { findDaemon, type FindDaemonOptions } from "./find-daemon.ts";
export { findNativeDaemon } from "./find-native-daemon.ts";
export type { Daemon } from "./daemon.ts";
export type { DaemonInfo } from "./daemon-answers.ts";
export { ensureImage, type EnsuredImage, type EnsureImageOptions } from "./ensure-image.ts";
export { findImage, type FoundImage } from "./find-image.ts";
export type { ToolchainImage } from "./image-recipe.ts";
export type { ImageEvent } from "./image-event.ts";
export { assertRunnable } from "./platform-check.ts";
export { runContainer, type ContainerOutput, type ContainerResult, type RunContainerOptions } from "./run-container.ts";
export { startContainer, type ContainerExit, type RunningContainer } from "./start-container.ts";
export type { ExecExit, ExecOptions, RunningExec } from "./start-exec.ts";
export type { ContainerFile, ContainerMount, ContainerOptions } from "./container-options.ts";
export { gatewayAddress, type GatewayAddress } from "./gateway-address.ts";
export { projectLabels, removeCaches, sweepCaches, volumePrefix, type CacheEntry } from "./cache-volumes.ts";
export { sweep, type SweepOptions, type SweepResult } from "./sweep.ts";
export { eventStream, type DaemonEvent } from "./event-stream.ts";
export { DockerError, type DaemonAttempt, type DockerErrorCode, type DockerErrorDetails } from "./errors.ts";
