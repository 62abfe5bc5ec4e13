/** One socket to the Runtime API and the requests on the way on it, answered in the order they were sent. */
import { connect, type Socket } from "node:net";
import { drained } from "./drained.ts";
import { RuntimeApiError } from "./errors.ts";
import { HttpResponseReader } from "./http-response-reader.ts";
import type { StreamingPost, TransportResponse } from "./transport.ts";

/** From here on, copying text to send it in one piece costs more than a second piece. */
const largeBodyLength = 16 * 1024;

/** As much as Node.js reads at once. */
const receiveBytes = 64 * 1024;

/** A request, ready to be sent, and who waits for its answer. */
export interface SocketExchange {
  readonly path: string;
  /** Request line and headers, with the empty line. */
  readonly head: string;
  readonly body: string | Uint8Array | undefined;
  receive(response: TransportResponse): unknown;
  /** Called with what `receive` returns. */
  resolve?(result: unknown): void;
  /** Also called with what `receive` throws. */
  reject(error: unknown): void;
}

/** Stands in `idle` while nothing is on the way. */
export class SocketConnection {
  readonly #host: string;
  readonly #port: number;
  readonly #idle: SocketConnection[];
  readonly #socket: Socket;
  readonly #reader = new HttpResponseReader();
  #exchanges: SocketExchange[] = [];
  /** It has been idle, and since then no byte of an answer was seen. */
  #isUnproven = false;
  #canBeKept = true;

  constructor(host: string, port: number, idle: SocketConnection[]) {
    this.#host = host;
    this.#port = port;
    this.#idle = idle;
    // Into one buffer, past the layers of a stream: an event takes an eighth less of the processor's time.
    const buffer = Buffer.allocUnsafe(receiveBytes);
    // Bun 1.3 reads into one of its own, and more.
    const callback = (sizeBytes: number, bytes: Uint8Array): boolean => {
      this.#receive(bytes as Buffer, sizeBytes);
      return true;
    };
    this.#socket = connect({ host, port, noDelay: true, onread: { buffer, callback } });
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#closed());
  }

  /** Sends the requests one behind the other. */
  send(exchanges: SocketExchange[]): void {
    this.#exchanges = exchanges;
    const socket = this.#socket;
    // While a handler works, an idle socket must not keep an otherwise empty event loop alive.
    socket.ref();
    let text = "";
    let corks = 0;
    for (const { head, body } of exchanges) {
      text += head;
      if (typeof body === "string" && body.length < largeBodyLength) text += body;
      else if (body !== undefined) {
        socket.cork();
        corks++;
        socket.write(text);
        socket.write(body);
        text = "";
      }
    }
    if (text !== "") socket.write(text);
    for (; corks > 0; corks--) socket.uncork();
  }

  /** Sends the head of a request; the body follows in chunks. Never kept afterwards. */
  stream(exchange: SocketExchange): Omit<StreamingPost, "answered"> {
    const socket = this.#socket;
    this.#canBeKept = false;
    this.send([exchange]);
    return {
      write(chunk) {
        const sizeBytes = Buffer.byteLength(chunk);
        // A chunk of no bytes would be the end.
        if (sizeBytes === 0) return !socket.writableNeedDrain;
        socket.cork();
        socket.write(`${sizeBytes.toString(16)}\r\n`);
        socket.write(chunk);
        const hasRoom = socket.write("\r\n");
        socket.uncork();
        return hasRoom;
      },
      drained: () => drained(socket),
      end(trailers = {}) {
        let last = "0\r\n";
        for (const name in trailers) last += `${name}: ${trailers[name]}\r\n`;
        socket.write(`${last}\r\n`);
      },
    };
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Waits on without keeping an otherwise empty event loop alive. */
  unref(): void {
    this.#socket.unref();
  }

  #receive(buffer: Buffer, sizeBytes: number): void {
    this.#isUnproven = false;
    try {
      let response = this.#reader.push(buffer, sizeBytes);
      while (response !== undefined) {
        this.#answer(response);
        response = this.#reader.hasStarted ? this.#reader.push() : undefined;
      }
      // Bytes that nobody asked for: the connection can no longer be trusted.
      if (this.#exchanges.length === 0 && this.#reader.hasStarted) this.destroy();
    } catch (error) {
      this.#fail(error);
      this.destroy();
    }
  }

  #answer(response: TransportResponse): void {
    const exchange = this.#exchanges.shift();
    if (exchange === undefined) return this.destroy();
    if (response.headers["connection"]?.toLowerCase() === "close") this.#canBeKept = false;
    if (!this.#canBeKept) {
      // What is still on the way here was announced to be ignored.
      if (this.#exchanges.length > 0) this.#sendElsewhere();
      this.destroy();
    } else if (this.#exchanges.length === 0 && !this.#reader.hasStarted) {
      this.#isUnproven = true;
      this.#socket.unref();
      this.#idle.push(this);
    }
    settle(exchange, response);
  }

  #sendElsewhere(): void {
    const exchanges = this.#exchanges;
    this.#exchanges = [];
    new SocketConnection(this.#host, this.#port, this.#idle).send(exchanges);
  }

  #closed(): void {
    const place = this.#idle.indexOf(this);
    if (place >= 0) this.#idle.splice(place, 1);
    const [exchange] = this.#exchanges;
    const response = exchange === undefined ? undefined : this.#reader.end();
    if (exchange !== undefined && response !== undefined) {
      this.#exchanges.shift();
      settle(exchange, response);
    }
    this.#fail(new Error("the connection was closed before the answer was complete"));
  }

  #fail(cause: unknown): void {
    if (this.#exchanges.length === 0) return;
    // A kept connection that is gone without a byte was closed while it was idle: the requests were never looked at.
    if (this.#isUnproven) {
      this.#isUnproven = false;
      return this.#sendElsewhere();
    }
    const reason = (cause as Error).message;
    for (const exchange of this.#exchanges.splice(0)) {
      const { path } = exchange;
      const message = `Requesting ${path} from the Runtime API at ${this.#host}:${this.#port} failed: ${reason}`;
      exchange.reject(new RuntimeApiError("RUNTIME_API_UNREACHABLE", message, { path, cause }));
    }
  }
}

function settle(exchange: SocketExchange, response: TransportResponse): void {
  try {
    const result = exchange.receive(response);
    exchange.resolve?.(result);
  } catch (error) {
    exchange.reject(error);
  }
}
