/** Sends batches of events to a listener in the environment: HTTP requests, or lines over TCP. */
import { Agent, type ClientRequest, request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { jsonArray, jsonLines } from "./batch.ts";
import type { Delivery } from "./subscriber.ts";
import type { Destination } from "./subscription-request.ts";

const pieceBytes = 64 * 1024;

/** A promise where it shows only when the environment has started; rejects when it did not. */
export type ListenerHost = string | Promise<string>;

/**
 * Opens nothing yet.
 *
 * @param host of the environment, for the name `sandbox.localdomain`
 */
export function createDelivery(destination: Destination, host: ListenerHost): Delivery {
  return destination.protocol === "HTTP"
    ? new HttpDelivery(destination, host)
    : new TcpDelivery(destination.port, host);
}

/** A JSON array for each batch; anything but 2xx is a failure. */
class HttpDelivery implements Delivery {
  readonly framing = jsonArray;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #destination: Extract<Destination, { readonly protocol: "HTTP" }>;
  readonly #host: ListenerHost;

  constructor(destination: Extract<Destination, { readonly protocol: "HTTP" }>, host: ListenerHost) {
    this.#destination = destination;
    this.#host = host;
  }

  async send(body: Buffer): Promise<void> {
    const host = await this.#host;
    const { port, path, method } = this.#destination;
    const headers = { "Content-Type": "application/json", "Content-Length": body.length };
    const outgoing = httpRequest({ host, port, path, method, headers, agent: this.#agent });
    try {
      await new Promise<void>((resolve, reject) => {
        outgoing.once("response", (response) => {
          const { statusCode = 0 } = response;
          response.resume();
          response.once("error", reject).once("end", () => {
            if (statusCode < 200 || statusCode >= 300) reject(new Error(`the listener answered ${statusCode}`));
            // It may answer before it has read everything.
            else if (outgoing.writableFinished) resolve();
            else outgoing.once("finish", resolve);
          });
        });
        outgoing.once("error", reject).once("close", () => reject(new Error("the listener hung up")));
        writeInPieces(outgoing, body);
      });
    } finally {
      if (!outgoing.writableFinished) outgoing.destroy();
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Invocations go on between them: 256 KiB at once would hold them up for a millisecond. */
function writeInPieces(outgoing: ClientRequest, body: Buffer): void {
  const piece = body.subarray(0, pieceBytes);
  if (piece.length === body.length) return void outgoing.end(piece);
  outgoing.write(piece);
  setImmediate(() => {
    if (!outgoing.destroyed) writeInPieces(outgoing, body.subarray(pieceBytes));
  });
}

/** A line of JSON for each event. */
class TcpDelivery implements Delivery {
  readonly framing = jsonLines;
  readonly #port: number;
  readonly #host: ListenerHost;
  #socket: Socket | undefined;
  #isClosed = false;

  constructor(port: number, host: ListenerHost) {
    this.#port = port;
    this.#host = host;
  }

  async send(body: Buffer): Promise<void> {
    const socket = (this.#socket ??= await this.#connect());
    await new Promise<void>((resolve, reject) => {
      socket.write(body, (error) => (error == null ? resolve() : reject(error)));
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  async #connect(): Promise<Socket> {
    const host = await this.#host;
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, host);
      const forget = (): void => void (this.#socket = undefined);
      socket.once("error", reject).once("end", forget).once("close", forget);
      socket.once("connect", () => {
        if (this.#isClosed) socket.destroy(new Error("the subscriber is gone"));
        else resolve(socket);
      });
      socket.resume();
    });
  }
}
