/** The real daemon behind another address: far away, as far as anybody can tell, and with a line that can be cut. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { Daemon } from "../../docker/daemon.ts";

export interface DaemonRelay extends AsyncDisposable {
  /** Such as `tcp://127.0.0.1:40001`. */
  readonly address: string;
  /** What clients have sent so far. */
  sentBytes(): number;
  /** Ends all connections, and takes no more. */
  cut(): void;
}

/** For a daemon that says something else: what it answers, a character a byte, and what is passed on instead. */
export type Rewrite = (answer: string) => string;

/** @param path of a socket to listen on; without it a free port of the loopback address */
export async function startDaemonRelay(daemon: Daemon, path?: string, rewrite?: Rewrite): Promise<DaemonRelay> {
  const sockets = new Set<Socket>();
  let sentBytes = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ path: daemon.address.replace("unix://", ""), allowHalfOpen: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      if (from === client) from.on("data", ({ length }: Buffer) => (sentBytes += length));
      if (rewrite === undefined || from === client) from.pipe(to);
      else
        from
          .setEncoding("latin1")
          .on("end", () => to.end())
          .on("data", (text: string) => to.write(rewrite(text), "latin1"));
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
    }
  });
  await new Promise<void>((listening) => {
    server.listen(path === undefined ? { host: "127.0.0.1", port: 0 } : { path }, listening);
  });
  const cut = (): void => {
    server.close();
    for (const each of sockets) each.destroy();
  };
  return {
    address: path === undefined ? `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` : `unix://${path}`,
    sentBytes: () => sentBytes,
    cut,
    [Symbol.asyncDispose]: async () => cut(),
  };
}
