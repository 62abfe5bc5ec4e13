/** How dockerode is told where the daemon is, without what it would read from this process's environment by itself. */
import { Agent } from "node:https";
import type { DaemonConnection } from "./daemon-address.ts";

/** Longest wait for an ssh server's greeting and login. */
export const sshTimeoutMs = 10_000;

/** The options of dockerode's constructor for a connection. */
export function dockerodeOptions(
  connection: DaemonConnection,
  sshAgent: string | undefined,
): Readonly<Record<string, unknown>> {
  // docker-modem fills whatever is missing from DOCKER_HOST and its kin, and a `host` from there wins over a given
  // socketPath (docker-modem 5.0.7, lib/modem.js): so nothing may be missing.
  const nothing = { host: undefined, port: undefined, socketPath: undefined, pathPrefix: "/", timeout: undefined };
  const noTls = { ca: undefined, cert: undefined, key: undefined };
  switch (connection.kind) {
    case "socket":
      return { ...nothing, ...noTls, protocol: "http", socketPath: connection.socketPath };
    case "tcp": {
      // url.format() in docker-modem wants the brackets of an IPv6 address.
      const host = connection.host.includes(":") ? `[${connection.host}]` : connection.host;
      const { tls, port } = connection;
      if (tls === undefined) {
        return { ...nothing, ...noTls, protocol: "http", host, port };
      }
      const agent = tls.rejectUnauthorized === false ? { agent: new Agent(tls) } : {};
      return { ...nothing, ...noTls, ...tls, protocol: "https", host, port, ...agent };
    }
    case "ssh": {
      const { host, username } = connection;
      // docker-modem makes an invalid URL of host and port here, which node warns about; without a port ssh2 takes 22.
      const port = connection.port === 22 ? undefined : connection.port;
      const sshOptions = { agent: sshAgent, readyTimeout: sshTimeoutMs };
      return { ...nothing, ...noTls, protocol: "ssh", host, port, username, sshOptions };
    }
  }
}
