/** One cheap question to an address, without dockerode: does a Docker daemon answer there, and if not, why? */
import http from "node:http";
import https from "node:https";
import type { DaemonConnection } from "./daemon-address.ts";

/**
 * Sends `GET /_ping`. Resolves with undefined when a Docker (or podman) daemon answers, else with the reason as a phrase
 * for people. Never takes longer than `timeoutMs`, whatever the other side does.
 * @throws the signal's reason, when it is aborted.
 */
export async function probeDaemon(
  connection: Exclude<DaemonConnection, { kind: "ssh" }>,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<string | undefined> {
  options.signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    const { statusCode, isDaemon } = await ping(connection, signal);
    return statusCode === 200 && isDaemon ? undefined : `not a Docker daemon: GET /_ping answered HTTP ${statusCode}`;
  } catch (error) {
    options.signal?.throwIfAborted();
    return timeout.aborted ? noAnswer(options.timeoutMs) : connectionFailure(error as NodeJS.ErrnoException);
  }
}

/** The phrase for a daemon that accepts and stays silent. */
export function noAnswer(timeoutMs: number): string {
  return `no answer in ${timeoutMs} ms`;
}

/** Why a connection failed, as a phrase for people. */
export function connectionFailure(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ENOENT":
      return "no such socket";
    case "EACCES":
    case "EPERM":
      return "no permission: join the group docker (then log in again), or use a rootless daemon";
    case "ECONNREFUSED":
      return "nothing listens there";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "unknown host";
    case "ENOTSOCK":
      return "not a socket";
    case "ECONNRESET":
      return "the connection was closed without an answer: if it is a TLS port, set DOCKER_TLS_VERIFY";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "host not reachable";
    default:
      return error.code?.startsWith("HPE_")
        ? "not a Docker daemon: the answer is not HTTP"
        : `the connection failed: ${error.message}`;
  }
}

function ping(
  connection: Exclude<DaemonConnection, { kind: "ssh" }>,
  signal: AbortSignal,
): Promise<{ statusCode: number | undefined; isDaemon: boolean }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ statusCode: number | undefined; isDaemon: boolean }>();
  const place =
    connection.kind === "socket"
      ? { socketPath: connection.socketPath }
      : { host: connection.host, port: connection.port, ...connection.tls };
  const { request } = connection.kind === "tcp" && connection.tls !== undefined ? https : http;
  // A connection of its own, closed at once: a kept-alive one would hold the process open.
  request({ ...place, path: "/_ping", agent: false, signal }, (response) => {
    // Both Docker and podman name their API version on every answer, Docker since 1.25 even to /_ping.
    resolve({ statusCode: response.statusCode, isDaemon: response.headers["api-version"] !== undefined });
    response.destroy();
  })
    .on("error", reject)
    .end();
  return promise;
}
