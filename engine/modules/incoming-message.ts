/** The response of a request of `node:http`, as its body arrives. */
import type { ClientRequest } from "./http-client.ts";
import type { ResponseHead } from "./http-parser.ts";
import type { Socket } from "./net.ts";
import { Readable } from "./stream.ts";

export class IncomingMessage extends Readable {
  readonly httpVersion: string = "1.1";
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly headers: Record<string, string | string[]> = {};
  readonly rawHeaders: readonly string[];
  readonly socket: Socket;
  readonly req: ClientRequest;
  /** Whether all of the body has arrived. */
  complete: boolean = false;
  aborted: boolean = false;

  constructor(request: ClientRequest, { status, statusText, rawHeaders }: ResponseHead) {
    const { socket } = request;
    super({ read: () => void socket.resume() });
    this.req = request;
    this.socket = socket;
    this.statusCode = status;
    this.statusMessage = statusText;
    this.rawHeaders = rawHeaders;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = (rawHeaders[index] ?? "").toLowerCase();
      const value = rawHeaders[index + 1] ?? "";
      const before = this.headers[name];
      if (name === "set-cookie") this.headers[name] = [before ?? [], value].flat();
      else this.headers[name] = before === undefined ? value : `${String(before)}, ${value}`;
    }
  }

  setTimeout(timeoutMs: number, listener?: () => void): this {
    this.socket.setTimeout(timeoutMs, listener);
    return this;
  }

  /** All of the body has arrived; the connection may serve the next request. */
  finish(): void {
    this.complete = true;
    this.push(null);
  }

  /** Nobody is to hear of the rest. */
  discard(): void {
    this.removeAllListeners("data");
    this.resume();
  }

  // oxlint-disable-next-line no-underscore-dangle -- the name that a Readable has
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.readableEnded || !this.complete) {
      this.aborted = true;
      this.emit("aborted");
    }
    if (!this.complete) this.socket.destroy(error ?? undefined);
    // As in Node.js: a response that nobody listens to must not end the process.
    queueMicrotask(() => callback(this.listenerCount("error") > 0 ? error : null));
  }
}
