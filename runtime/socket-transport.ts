/**
 * The default transport: HTTP/1.1 over kept-alive sockets of `node:net`, without the layers of `node:http`. One request
 * per connection at a time; a request that finds no idle connection opens one.
 */
import { connect, type Socket } from "node:net";
import { RuntimeApiError } from "./errors.ts";
import { HttpResponseReader } from "./http-response-reader.ts";
import type { Transport, TransportResponse } from "./transport.ts";

interface Exchange {
  readonly path: string;
  /** Sends the same request on a new connection. */
  retry(): void;
  resolve(response: TransportResponse): void;
  reject(error: RuntimeApiError): void;
}

/**
 * Creates the socket transport.
 *
 * @param authority `host:port` as in `AWS_LAMBDA_RUNTIME_API`; an IPv6 host stands in brackets.
 * @throws RuntimeApiError `BAD_ENVIRONMENT` when it is not of that form.
 */
export function createSocketTransport(authority: string): Transport {
  const { host, port } = parseAuthority(authority);
  const idle: Connection[] = [];

  const send = (method: string, path: string, headers: string, body?: string | Uint8Array) =>
    new Promise<TransportResponse>((resolve, reject) => {
      const head = `${method} ${path} HTTP/1.1\r\nHost: ${authority}\r\n${headers}\r\n`;
      const sendOn = (connection: Connection): void => {
        const retry = (): void => sendOn(new Connection(host, port, idle));
        connection.exchange({ path, retry, resolve, reject }, head, body);
      };
      sendOn(idle.pop() ?? new Connection(host, port, idle));
    });

  return {
    get: (path) => send("GET", path, ""),
    post(path, headers, body) {
      let lines = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
      for (const name in headers) lines += `${name}: ${headers[name]}\r\n`;
      return send("POST", path, lines, body);
    },
    close() {
      for (const connection of idle.splice(0)) connection.destroy();
    },
  };
}

/** One socket and the exchange under way on it. Stands in `idle` while there is none. */
class Connection {
  readonly #socket: Socket;
  readonly #idle: Connection[];
  readonly #authority: string;
  readonly #reader = new HttpResponseReader();
  #exchange: Exchange | undefined;
  #isReused = false;

  constructor(host: string, port: number, idle: Connection[]) {
    this.#idle = idle;
    this.#authority = `${host}:${port}`;
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.on("data", (chunk) => this.#receive(chunk));
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#closed());
  }

  exchange(exchange: Exchange, head: string, body?: string | Uint8Array): void {
    this.#exchange = exchange;
    if (body === undefined || typeof body === "string") {
      this.#socket.write(body === undefined ? head : head + body);
      return;
    }
    this.#socket.cork();
    this.#socket.write(head);
    this.#socket.write(body);
    this.#socket.uncork();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const exchange = this.#exchange;
    // An answer nobody asked for: the connection can no longer be trusted.
    if (exchange === undefined) return this.destroy();
    let response: TransportResponse | undefined;
    try {
      response = this.#reader.push(chunk);
    } catch (error) {
      this.#fail(error);
      this.destroy();
      return;
    }
    if (response === undefined) return;
    this.#exchange = undefined;
    this.#isReused = true;
    if (response.headers["connection"]?.toLowerCase() === "close" || this.#reader.hasStarted) this.destroy();
    else this.#idle.push(this);
    exchange.resolve(response);
  }

  #closed(): void {
    const place = this.#idle.indexOf(this);
    if (place >= 0) this.#idle.splice(place, 1);
    const response = this.#exchange === undefined ? undefined : this.#reader.end();
    if (response === undefined)
      return this.#fail(new Error("the connection was closed before the answer was complete"));
    this.#exchange?.resolve(response);
    this.#exchange = undefined;
  }

  #fail(cause: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange === undefined) return;
    // A kept connection that is gone without a byte was closed while it was idle: the request was never looked at.
    if (this.#isReused && !this.#reader.hasStarted) return exchange.retry();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Requesting ${exchange.path} from the Runtime API at ${this.#authority} failed: ${reason}`;
    exchange.reject(new RuntimeApiError("RUNTIME_API_UNREACHABLE", message, { path: exchange.path, cause }));
  }
}

function parseAuthority(authority: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/\s]+)):(\d{1,5})$/.exec(authority);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port === 0 || port > 65_535) {
    const found = JSON.stringify(authority);
    throw new RuntimeApiError("BAD_ENVIRONMENT", `AWS_LAMBDA_RUNTIME_API must be host:port, it is ${found}`);
  }
  return { host, port };
}
