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
  const handedOver = new Set<Socket>();
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
        handedOver.add(socket);
        socket.once("close", () => handedOver.delete(socket));
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
    // `node:http` calls a connection idle as soon as its answer is written, which its caller may be reading for a while.
    const reading = [...handedOver].find(({ writableLength }) => writableLength > 0);
    if (reading === undefined) return closing.idle();
    const goOn = (): void => {
      reading.off("drain", goOn).off("close", goOn);
      server.closeIdleConnections();
    };
    reading.on("drain", goOn).on("close", goOn);
  };
}
