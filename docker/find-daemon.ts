/** Where the Docker daemon is: looked for as the docker command line does, then where other engines put their socket. */
import { homedir } from "node:os";
import { join } from "node:path";
import { parseDaemonAddress, readTlsFolder, type DaemonConnection, type DaemonTls } from "./daemon-address.ts";
import { sshTimeoutMs } from "./connect.ts";
import { connectDaemon, type Daemon } from "./daemon.ts";
import { chosenContext, readContext } from "./docker-context.ts";
import { DockerError, type DaemonAttempt } from "./errors.ts";
import { connectionFailure, noAnswer, probeDaemon } from "./probe-daemon.ts";

/** Options of {@link findDaemon}. */
export interface FindDaemonOptions {
  /** An explicit address, tried alone. */
  readonly dockerHost?: string | undefined;
  /** The caller's environment: DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, HOME,
   * XDG_RUNTIME_DIR, SSH_AUTH_SOCK are read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** Longest wait for one address. @default 3000, for ssh 10000 */
  readonly probeTimeoutMs?: number | undefined;
}

/** An address to try. */
export interface DaemonCandidate {
  readonly address: string;
  readonly origin: string;
  readonly tls?: DaemonTls;
}

/**
 * Finds a daemon that answers: the explicit address, DOCKER_HOST or a chosen context alone, else the default socket and
 * those of rootless Docker, Docker Desktop, Colima, OrbStack, Rancher Desktop and podman, in that order.
 * @throws {DockerError} `DOCKER_UNREACHABLE` with `attempts`; the signal's reason when aborted.
 */
export async function findDaemon(options: FindDaemonOptions): Promise<Daemon> {
  const { signal, probeTimeoutMs } = options;
  const sshAgent = options.environment["SSH_AUTH_SOCK"];
  return firstAnswering(await daemonCandidates(options), { signal, sshAgent, timeoutMs: probeTimeoutMs });
}

/**
 * The addresses {@link findDaemon} tries, in order.
 * @throws {DockerError} `DOCKER_UNREACHABLE` when the chosen context cannot be read.
 */
export async function daemonCandidates(options: FindDaemonOptions): Promise<readonly DaemonCandidate[]> {
  const { environment } = options;
  const home = environment["HOME"] || homedir();
  const configFolder = environment["DOCKER_CONFIG"] || join(home, ".docker");
  const named = options.dockerHost
    ? { address: options.dockerHost, origin: "given address" }
    : environment["DOCKER_HOST"] && { address: environment["DOCKER_HOST"], origin: "DOCKER_HOST" };
  if (named) {
    // As for docker, any value of DOCKER_TLS_VERIFY means TLS, and 2376 is the port of nothing else.
    const wantsTls = Boolean(environment["DOCKER_TLS_VERIFY"]) || /:2376\/?$/.test(named.address);
    const tlsFolder = environment["DOCKER_CERT_PATH"] || configFolder;
    return [{ ...named, ...(wantsTls && { tls: await readTlsFolder(tlsFolder) }) }];
  }
  const context = await chosenContext(environment, configFolder);
  if (context !== undefined) {
    const origin = `context ${JSON.stringify(context)}`;
    try {
      return [{ origin, ...(await readContext(context, configFolder)) }];
    } catch (error) {
      throw unreachable([{ address: "?", origin, reason: (error as Error).message }], error);
    }
  }
  return socketCandidates(home, environment["XDG_RUNTIME_DIR"] || `/run/user/${process.getuid?.() ?? 0}`);
}

function socketCandidates(home: string, runtimeFolder: string): readonly DaemonCandidate[] {
  if (process.platform === "win32") {
    return [{ address: "npipe:////./pipe/docker_engine", origin: "default pipe" }];
  }
  const places = [
    ["default socket", "/var/run/docker.sock"],
    ["rootless Docker", join(runtimeFolder, "docker.sock")],
    ["Docker Desktop", join(home, ".docker/run/docker.sock")],
    ["Docker Desktop", join(home, ".docker/desktop/docker.sock")],
    ["Colima", join(home, ".colima/default/docker.sock")],
    ["OrbStack", join(home, ".orbstack/run/docker.sock")],
    ["Rancher Desktop", join(home, ".rd/docker.sock")],
    ["rootless podman", join(runtimeFolder, "podman/podman.sock")],
    ["podman", "/run/podman/podman.sock"],
  ] as const;
  return places.map(([origin, path]) => ({ address: `unix://${path}`, origin }));
}

interface ProbeOptions {
  /** Longest wait for one address. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Socket of the ssh agent, for ssh:// addresses. */
  readonly sshAgent?: string | undefined;
}

/**
 * The first of `candidates` where a daemon answers.
 * @throws {DockerError} `DOCKER_UNREACHABLE` with every attempt; the signal's reason when aborted.
 */
export async function firstAnswering(candidates: readonly DaemonCandidate[], options: ProbeOptions): Promise<Daemon> {
  const attempts: DaemonAttempt[] = [];
  for (const { address, origin, tls } of candidates) {
    const connection = parseDaemonAddress(address, tls);
    const found = connection === undefined ? unknownAddress : await tryConnection(address, connection, options);
    if (typeof found !== "string") {
      return found;
    }
    attempts.push({ address, origin, reason: found });
  }
  throw unreachable(attempts);
}

const unknownAddress = "not an address of a daemon: use unix://, tcp://, http://, https:// or ssh://";

async function tryConnection(
  address: string,
  connection: DaemonConnection,
  { signal, sshAgent, ...options }: ProbeOptions,
): Promise<Daemon | string> {
  const timeoutMs = options.timeoutMs ?? (connection.kind === "ssh" ? sshTimeoutMs : 3000);
  if (connection.kind !== "ssh") {
    return (await probeDaemon(connection, { timeoutMs, signal })) ?? (await connectDaemon(address, connection));
  }
  // Only dockerode speaks ssh, so here it has to be loaded to find out.
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const daemon = await connectDaemon(address, connection, sshAgent);
    await daemon.ping(signal === undefined ? timeout : AbortSignal.any([timeout, signal]));
    return daemon;
  } catch (error) {
    signal?.throwIfAborted();
    const { cause } = error as Error;
    return timeout.aborted ? noAnswer(timeoutMs) : connectionFailure((cause ?? error) as NodeJS.ErrnoException);
  }
}

function unreachable(attempts: readonly DaemonAttempt[], cause?: unknown): DockerError {
  const list = attempts.map(({ address, origin, reason }) => `\n  ${address} (${origin}): ${reason}`).join("");
  return new DockerError("DOCKER_UNREACHABLE", `Looking for a Docker daemon: none answered.${list}`, {
    attempts,
    cause,
    hint: "Start Docker or podman, or name a daemon by DOCKER_HOST",
  });
}
