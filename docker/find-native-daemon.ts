/** Of several daemons the one whose machine is of an architecture: it needs neither emulation nor cross compilers. */
import type { Architecture } from "../images/platforms.ts";
import type { Daemon } from "./daemon.ts";
import { findDaemon, type FindDaemonOptions } from "./find-daemon.ts";

/**
 * Asks all addresses. Takes the first daemon of the architecture, else the first.
 * @throws {DockerError} `DOCKER_UNREACHABLE` when one of them does not answer: a build that quietly goes elsewhere, and
 * is ten times slower, is not what was asked for; the signal's reason when aborted.
 */
export async function findNativeDaemon(
  architecture: Architecture,
  dockerHosts: readonly [string, ...string[]],
  options: Omit<FindDaemonOptions, "dockerHost">,
): Promise<Daemon> {
  const daemons = await Promise.all(dockerHosts.map((dockerHost) => findDaemon({ ...options, dockerHost })));
  const infos = await Promise.all(daemons.map((daemon) => daemon.info()));
  const native = infos.findIndex((info) => info.architecture === architecture);
  return daemons[Math.max(native, 0)] as Daemon;
}
