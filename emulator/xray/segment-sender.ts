/** Sends segment documents as SDKs send them to a daemon. Source: AWS X-Ray developer guide, "Sending trace data". */
import { createSocket, type Socket } from "node:dgram";
import type { DaemonAddress } from "./daemon-address.ts";

const header = '{"format":"json","version":1}\n';

/** Waits for nothing: what nobody takes is lost, as with a daemon that is not there. */
export class SegmentSender {
  readonly #address: DaemonAddress;
  readonly #onNotice: (message: string) => void;
  readonly #socket: Socket;
  #hasFailed = false;
  #isClosed = false;

  constructor(address: DaemonAddress, onNotice: (message: string) => void) {
    this.#address = address;
    this.#onNotice = onNotice;
    this.#socket = createSocket(address.host.includes(":") ? "udp6" : "udp4");
    this.#socket.unref();
    this.#socket.on("error", (error) => this.#failed(error));
  }

  send(document: object): void {
    this.pass(Buffer.from(`${header}${JSON.stringify(document)}`));
  }

  /** A datagram that is one already. */
  pass(datagram: Buffer): void {
    if (this.#isClosed) return;
    const { host, port } = this.#address;
    this.#socket.send(datagram, port, host, (error) => {
      if (error !== null) this.#failed(error);
    });
  }

  /** What is sent already still goes out. */
  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }

  #failed(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#onNotice(`Segments do not reach the X-Ray daemon: ${error.message}`);
  }
}
