/** Sends batches of events to a listener in the environment: HTTP requests, or lines over TCP. */
import { Agent, request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { BatchBody } from "./batch-body.ts";
import type { Delivery } from "./subscriber.ts";
import type { Destination } from "./subscription-request.ts";

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
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #destination: Extract<Destination, { readonly protocol: "HTTP" }>;
  readonly #host: ListenerHost;
  readonly #body = new BatchBody();

  constructor(destination: Extract<Destination, { readonly protocol: "HTTP" }>, host: ListenerHost) {
    this.#destination = destination;
    this.#host = host;
  }

  async send(events: readonly string[]): Promise<void> {
    const host = await this.#host;
    const { port, path, method } = this.#destination;
    const body = this.#body.write(events);
    const headers = { "Content-Type": "application/json", "Content-Length": body.length };
    const outgoing = httpRequest({ host, port, path, method, headers, agent: this.#agent });
    try {
      await new Promise<void>((resolve, reject) => {
        outgoing.once("response", (response) => {
          const { statusCode = 0 } = response;
          response.resume();
          response.once("end", () => {
            if (statusCode >= 200 && statusCode < 300) resolve();
            else reject(new Error(`the listener answered ${statusCode}`));
          });
          response.once("error", reject);
        });
        outgoing.once("error", reject).end(body);
      });
    } finally {
      // A listener may answer, or hang up, before it has read everything.
      if (!outgoing.writableFinished) this.#body.giveUp();
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** A line of JSON for each event. */
class TcpDelivery implements Delivery {
  readonly #port: number;
  readonly #host: ListenerHost;
  #socket: Socket | undefined;
  #isClosed = false;

  constructor(port: number, host: ListenerHost) {
    this.#port = port;
    this.#host = host;
  }

  async send(events: readonly string[]): Promise<void> {
    const socket = (this.#socket ??= await this.#connect());
    await new Promise<void>((resolve, reject) => {
      socket.write(events.map((each) => `${each}\n`).join(""), (error) => (error == null ? resolve() : reject(error)));
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
