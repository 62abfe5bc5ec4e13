/** Connections that are kept for the next request to the same place. */
import { connect as connectPlain, type Socket } from "./net.ts";
import { connect as connectSecure } from "./tls.ts";

export interface Destination {
  readonly isSecure: boolean;
  readonly host: string;
  readonly port: number;
  readonly servername?: string | undefined;
}

export interface AgentOptions {
  readonly keepAlive?: boolean;
  readonly maxSockets?: number;
}

/** The agent of `node:http` and `node:https`; it opens as many connections as are asked for. */
export class Agent {
  readonly keepAlive: boolean;
  readonly maxSockets: number;
  readonly options: AgentOptions;
  readonly sockets: object = {};
  readonly freeSockets: object = {};
  readonly requests: object = {};
  readonly #idle = new Map<string, Socket[]>();

  constructor(options: AgentOptions = {}) {
    this.options = options;
    this.keepAlive = options.keepAlive ?? false;
    this.maxSockets = options.maxSockets ?? Infinity;
  }

  /** An idle connection, or a new one. */
  take(destination: Destination): { readonly socket: Socket; readonly isReused: boolean } {
    const idle = this.#idle.get(keyOf(destination))?.pop();
    if (idle !== undefined) {
      idle.removeAllListeners();
      idle.ref();
      return { socket: idle, isReused: true };
    }
    const { isSecure, host, port, servername } = destination;
    const socket = isSecure
      ? connectSecure({ host, port, servername: servername ?? host })
      : connectPlain({ host, port, noDelay: true });
    return { socket, isReused: false };
  }

  /** Back from a request. */
  give(socket: Socket, destination: Destination): void {
    if (!this.keepAlive || socket.destroyed) return void socket.destroy();
    const key = keyOf(destination);
    const idle = this.#idle.get(key) ?? [];
    socket.removeAllListeners();
    const forget = (): void => {
      socket.destroy();
      this.#idle.set(
        key,
        (this.#idle.get(key) ?? []).filter((each) => each !== socket),
      );
    };
    // Anything that comes now nobody has asked for.
    for (const event of ["close", "error", "data", "end"]) socket.on(event, forget);
    // The last reader may not have kept up.
    socket.resume();
    // What is kept must not keep an otherwise empty event loop alive.
    socket.unref();
    this.#idle.set(key, [...idle, socket]);
  }

  destroy(): void {
    for (const sockets of this.#idle.values()) for (const socket of sockets) socket.destroy();
    this.#idle.clear();
  }
}

function keyOf({ isSecure, host, port, servername }: Destination): string {
  return `${isSecure ? "https" : "http"}://${host}:${port}/${servername ?? ""}`;
}

/** Of requests that name none, as in Node.js. */
export const globalAgent: Agent = new Agent({ keepAlive: true });
