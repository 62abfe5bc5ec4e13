/** Puts a reader of plain requests in front of a server of `node:http`, which gets the connections on which there are others. */
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { PlainConnection, type ServePlain } from "./plain-connection.ts";

/**
 * A request and its answer by `node:http` take three times as long. To be called before the server listens; it closes as
 * before.
 *
 * @param serve takes the requests it knows
 */
export function servePlainRequests(server: Server, serve: ServePlain): void {
  const connections = new Set<PlainConnection>();
  const listeners = server.listeners("connection") as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const forget = (): void => void connections.delete(connection);
    const connection = new PlainConnection(socket, {
      serve,
      keepAliveTimeoutMs: server.keepAliveTimeout,
      // Of newer versions of Node.js.
      bufferMs: (server as { readonly keepAliveTimeoutBuffer?: number }).keepAliveTimeoutBuffer ?? 0,
      handOver() {
        forget();
        socket.off("close", forget);
        for (const listener of listeners) listener.call(server, socket);
      },
    });
    connections.add(connection);
    socket.once("close", forget);
  });
  const closing = { all: server.closeAllConnections.bind(server), idle: server.closeIdleConnections.bind(server) };
  server.closeAllConnections = () => {
    for (const connection of connections) connection.destroy();
    closing.all();
  };
  server.closeIdleConnections = () => {
    for (const connection of connections) if (connection.isIdle) connection.destroy();
    closing.idle();
  };
}
