/**
 * Where the processes of an environment send their segments. A daemon on the loopback of this machine is out of a
 * container's reach: there the datagrams are taken at the address of Docker's bridge, and passed on.
 */
import { createSocket, type Socket } from "node:dgram";
import type { Launcher } from "../launchers/launcher.ts";
import { isLoopback, type DaemonAddress } from "./daemon-address.ts";
import type { SegmentSender } from "./segment-sender.ts";

export interface DaemonAccessOptions {
  readonly address: DaemonAddress;
  readonly sender: SegmentSender;
  readonly onNotice: (message: string) => void;
}

/** One per emulator. */
export class DaemonAccess {
  readonly #options: DaemonAccessOptions;
  readonly #relays = new Map<string, Promise<number | undefined>>();
  readonly #sockets: Socket[] = [];

  constructor(options: DaemonAccessOptions) {
    this.#options = options;
  }

  /** @returns undefined where it cannot be reached; never rejects */
  async reach(launcher: Pick<Launcher, "listenHost" | "reachableHost">): Promise<DaemonAddress | undefined> {
    const { address } = this.#options;
    const { listenHost, reachableHost } = launcher;
    if (reachableHost.startsWith("127.") || !isLoopback(address)) return address;
    // Docker Desktop leads its name for this machine to the loopback.
    if (listenHost.startsWith("127.")) return { host: reachableHost, port: address.port };
    const relay = this.#relays.get(listenHost) ?? this.#listen(listenHost);
    this.#relays.set(listenHost, relay);
    const port = await relay;
    return port === undefined ? undefined : { host: reachableHost, port };
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  #listen(host: string): Promise<number | undefined> {
    const { sender, onNotice } = this.#options;
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.unref();
    socket.on("message", (datagram) => sender.pass(datagram));
    this.#sockets.push(socket);
    return new Promise((resolve) => {
      socket.once("error", (error) => {
        onNotice(`Containers do not reach the X-Ray daemon: ${error.message}`);
        resolve(undefined);
      });
      socket.bind(0, host, () => resolve(socket.address().port));
    });
  }
}
