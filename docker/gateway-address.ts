/** The address at which a container reaches a server of this machine. */
import { createServer } from "node:net";
import type { Daemon } from "./daemon.ts";
import { DockerError } from "./errors.ts";

/** Where to listen, and what to call it from inside. */
export interface GatewayAddress {
  /** Address of this machine to listen on; never 0.0.0.0. */
  readonly listenAddress: string;
  /** Host under which a container (default network) reaches that listener. */
  readonly containerAddress: string;
}

/**
 * Finds the address: on a Linux daemon of this machine the gateway of its default bridge; where containers run in a virtual
 * machine (Docker Desktop, Colima, OrbStack …) `host.docker.internal`, which reaches listeners on 127.0.0.1.
 * @throws {DockerError} `REMOTE_DAEMON` when the daemon is on another machine, or its network is not this
 * process's: a rootless daemon, a process in a container.
 */
export async function gatewayAddress(daemon: Daemon): Promise<GatewayAddress> {
  if (!daemon.isLocal) {
    throw new DockerError(
      "REMOTE_DAEMON",
      `The daemon at ${daemon.address} may be on another machine: its containers cannot reach this one`,
      {
        hint: "Emulate with a daemon of this machine, reached through a socket; building works with any daemon",
      },
    );
  }
  const gateway = await bridgeGateway(daemon);
  // The fact that decides is whether the bridge is on this machine, and that shows when its address can be bound.
  // os.networkInterfaces() would not list it while no container runs: it leaves out interfaces without carrier.
  if (gateway !== undefined && (await canListen(gateway))) {
    return { listenAddress: gateway, containerAddress: gateway };
  }
  const { isRootless, kind, operatingSystem } = await daemon.info();
  // On Linux only Docker Desktop has a virtual machine; otherwise this process is in a container or namespace of its own.
  const hasVirtualMachine = process.platform !== "linux" || operatingSystem === "Docker Desktop";
  if (isRootless || kind === "podman" || !hasVirtualMachine) {
    throw new DockerError(
      "REMOTE_DAEMON",
      `The network of the ${isRootless ? "rootless " : ""}${kind} daemon at ${daemon.address} is not this machine's: its containers cannot reach a server here`,
      {
        hint: "Emulate with a rootful Docker daemon or Docker Desktop; building works with this one",
      },
    );
  }
  return { listenAddress: "127.0.0.1", containerAddress: "host.docker.internal" };
}

/** Gateway of the default bridge network, or undefined when there is none. */
async function bridgeGateway(daemon: Daemon): Promise<string | undefined> {
  const { kind } = await daemon.info();
  const pools = await daemon.networkPools(kind === "podman" ? "podman" : "bridge");
  const [first] = pools.filter(({ Subnet }) => Subnet?.includes(".") === true);
  // Docker 20.10.24 leaves Gateway out for its default bridge; it is the subnet's first address then.
  return first?.Gateway ?? first?.Subnet?.replace(/\d+\/\d+$/, (end) => `${parseInt(end) + 1}`);
}

async function canListen(address: string): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.on("error", () => resolve(false)).listen({ host: address, port: 0 }, () => server.close(() => resolve(true)));
  return promise;
}
