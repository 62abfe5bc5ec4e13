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

/** What most answers to a POST are, where only that is known of them. */
const plainlyAccepted: TransportResponse = { status: 202, headers: {}, body: new Uint8Array() };

/**
 * Only the `native` engine has it, for which such work in JavaScript is slow: returns what does the work of `write`, and calls
 * back with the answers that are whole and plain, on a connection that is kept. So many were a 202, and `last` is the one to
 * the last request. All others come as bytes.
 */
type ReadAnswers = (
  socket: Socket,
  onAnswers: (accepted: number, last: TransportResponse | undefined) => void,
) => SocketConnection["write"];
const native = process.getBuiltinModule("native:net") as { readonly readAnswers: ReadAnswers } | undefined;

/** A request, ready to be sent, and who waits for its answer. */
export interface SocketExchange {
  readonly path: string;
  /** Request line and headers, without the length of the body. */
  readonly head: string;
  readonly body: string | Uint8Array | undefined;
  receive(response: TransportResponse): unknown;
  /** Called with what `receive` returns. */
  readonly resolve: ((result: unknown) => void) | undefined;
  /** Also called with what `receive` throws. */
  reject(error: unknown): void;
}

/** Stands in `idle` while nothing is on the way. */
export class SocketConnection {
  readonly #host: string;
  readonly #port: number;
  readonly #idle: SocketConnection[];
  readonly #socket: Socket;
  readonly #write: SocketConnection["write"] | undefined;
  readonly #reader = new HttpResponseReader();
  /** The request whose answer comes next, and the one behind it. */
  #current: SocketExchange | undefined;
  #following: SocketExchange | undefined;
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
      this.#receive((bytes as Buffer).subarray(0, sizeBytes));
      return true;
    };
    this.#socket = connect({ host, port, noDelay: true, onread: { buffer, callback } });
    this.#write = native?.readAnswers(this.#socket, (accepted, last) => this.#answered(accepted, last));
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#closed());
  }

  /** Sends a request, and perhaps one without a body behind it. */
  send(exchange: SocketExchange, following?: SocketExchange): void {
    this.write(exchange.head, exchange.body, following?.head);
    this.expect(exchange, following);
  }

  /** What `send` does first. `expect` has to follow at once. */
  write(head: string, body: string | Uint8Array | undefined, followingHead: string | undefined): void {
    if (this.#write !== undefined) return this.#write(head, body, followingHead);
    const socket = this.#socket;
    const ending = body === undefined ? "\r\n" : `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const following = followingHead === undefined ? "" : `${followingHead}\r\n`;
    // While a handler works, an idle socket must not keep an otherwise empty event loop alive.
    socket.ref();
    if (body === undefined || (typeof body === "string" && body.length < largeBodyLength)) {
      socket.write(`${head}${ending}${body ?? ""}${following}`);
      return;
    }
    socket.cork();
    socket.write(head + ending);
    socket.write(body);
    if (following !== "") socket.write(following);
    socket.uncork();
  }

  /** Who waits for the answers to what was written. */
  expect(current: SocketExchange, following: SocketExchange | undefined): void {
    this.#current = current;
    this.#following = following;
  }

  /** Sends the head of a request; the body follows in chunks. Never kept afterwards. */
  stream(exchange: SocketExchange): Omit<StreamingPost, "answered"> {
    const socket = this.#socket;
    this.#canBeKept = false;
    socket.write(`${exchange.head}\r\n`);
    this.expect(exchange, undefined);
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

  #receive(bytes: Buffer): void {
    this.#isUnproven = false;
    try {
      let response = this.#reader.push(bytes);
      while (response !== undefined) {
        this.#answer(response);
        response = this.#reader.hasStarted ? this.#reader.push() : undefined;
      }
      // Bytes that nobody asked for: the connection can no longer be trusted.
      if (this.#current === undefined && this.#reader.hasStarted) this.destroy();
    } catch (error) {
      this.#fail(error);
      this.destroy();
    }
  }

  /** Nothing stands behind the last answer. */
  #answered(accepted: number, last: TransportResponse | undefined): void {
    this.#isUnproven = false;
    for (; accepted > 0; accepted--) settle(this.#take(), plainlyAccepted);
    if (last === undefined) return;
    const exchange = this.#take();
    this.#keep();
    settle(exchange, last);
  }

  #take(): SocketExchange | undefined {
    const exchange = this.#current;
    this.#current = this.#following;
    this.#following = undefined;
    return exchange;
  }

  #answer(response: TransportResponse): void {
    const exchange = this.#take();
    if (exchange === undefined) return this.destroy();
    if (response.headers["connection"]?.toLowerCase() === "close") this.#canBeKept = false;
    if (!this.#canBeKept) {
      // What is still on the way here was announced to be ignored.
      this.#sendElsewhere();
      this.destroy();
    } else if (this.#current === undefined && !this.#reader.hasStarted) {
      this.#socket.unref();
      this.#keep();
    }
    settle(exchange, response);
  }

  #keep(): void {
    this.#isUnproven = true;
    this.#idle.push(this);
  }

  #sendElsewhere(): void {
    const exchange = this.#take();
    if (exchange === undefined) return;
    new SocketConnection(this.#host, this.#port, this.#idle).send(exchange, this.#take());
  }

  #closed(): void {
    const place = this.#idle.indexOf(this);
    if (place >= 0) this.#idle.splice(place, 1);
    const response = this.#current === undefined ? undefined : this.#reader.end();
    if (response !== undefined) settle(this.#take(), response);
    this.#fail(new Error("the connection was closed before the answer was complete"));
  }

  #fail(cause: unknown): void {
    if (this.#current === undefined) return;
    // A kept connection that is gone without a byte was closed while it was idle: the requests were never looked at.
    if (this.#isUnproven) {
      this.#isUnproven = false;
      return this.#sendElsewhere();
    }
    const reason = (cause as Error).message;
    for (let exchange = this.#take(); exchange !== undefined; exchange = this.#take()) {
      const { path } = exchange;
      const message = `Requesting ${path} from the Runtime API at ${this.#host}:${this.#port} failed: ${reason}`;
      exchange.reject(new RuntimeApiError("RUNTIME_API_UNREACHABLE", message, { path, cause }));
    }
  }
}

function settle(exchange: SocketExchange | undefined, response: TransportResponse): void {
  if (exchange === undefined) return;
  try {
    const result = exchange.receive(response);
    exchange.resolve?.(result);
  } catch (error) {
    exchange.reject(error);
  }
}
