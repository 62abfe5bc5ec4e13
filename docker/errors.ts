/** Everything that can go wrong between this package and a Docker daemon, each with a stable code. */

/** Stable codes of {@link DockerError}. */
export type DockerErrorCode =
  /** No daemon answered; `attempts` lists what was tried. */
  | "DOCKER_UNREACHABLE"
  /** The daemon answered a request with an error (`statusCode`), or the connection broke. */
  | "DOCKER_REQUEST_FAILED"
  /** A base image is neither local nor can it be pulled. */
  | "BASE_IMAGE_UNAVAILABLE"
  /** An image is of another architecture than the platform's. */
  | "IMAGE_WRONG_ARCHITECTURE"
  /** A step of a Dockerfile failed: `step`, `exitCode`, `logTail`. */
  | "IMAGE_BUILD_FAILED"
  /** The daemon cannot run containers of this architecture. */
  | "PLATFORM_NOT_RUNNABLE"
  /** The work needs a daemon whose containers reach this machine. */
  | "REMOTE_DAEMON";

/** One address at which a daemon was looked for. */
export interface DaemonAttempt {
  /** Such as `unix:///var/run/docker.sock`. */
  readonly address: string;
  /** Where the address comes from: `DOCKER_HOST`, `context "colima"`, `default socket` … */
  readonly origin: string;
  /** Why it did not serve. */
  readonly reason: string;
}

/** The facts of a {@link DockerError} beyond code and message. */
export interface DockerErrorDetails {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  readonly statusCode?: number | undefined;
  readonly attempts?: readonly DaemonAttempt[] | undefined;
  readonly step?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly logTail?: readonly string[] | undefined;
}

/** A request to a Docker daemon failed, or no daemon was found. */
export class DockerError extends Error {
  readonly code: DockerErrorCode;
  /** What to do next. */
  readonly hint: string | undefined;
  /** HTTP status of the daemon's answer. */
  readonly statusCode: number | undefined;
  /** Addresses tried, in order. */
  readonly attempts: readonly DaemonAttempt[] | undefined;
  /** The failed step of an image build, such as `step 3/5: RUN yum install -y gcc`. */
  readonly step: string | undefined;
  /** Exit code of the failed step. */
  readonly exitCode: number | undefined;
  /** The last 40 lines of the log, at most. */
  readonly logTail: readonly string[] | undefined;

  constructor(code: DockerErrorCode, message: string, details: DockerErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "DockerError";
    this.code = code;
    this.hint = details.hint;
    this.statusCode = details.statusCode;
    this.attempts = details.attempts;
    this.step = details.step;
    this.exitCode = details.exitCode;
    this.logTail = details.logTail;
  }
}
