import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** A segment document, as far as the tests look at it. */
export interface SegmentDocument {
  readonly id: string;
  readonly name: string;
  readonly trace_id?: string;
  readonly parent_id?: string;
  readonly origin?: string;
  readonly start_time: number;
  readonly end_time: number;
  readonly fault?: true;
  readonly cause?: object;
  readonly subsegments?: readonly SegmentDocument[];
}

/** What listens where an X-Ray daemon would. */
export class XRayDaemon implements AsyncDisposable {
  readonly #socket: Socket = createSocket("udp4");
  readonly #documents: SegmentDocument[] = [];
  #look: () => void = () => {};

  static async start(): Promise<XRayDaemon> {
    const daemon = new XRayDaemon();
    daemon.#socket.on("message", (datagram) => {
      const [header, document = ""] = datagram.toString().split("\n");
      if (header !== '{"format":"json","version":1}') throw new Error(`not a header: ${header}`);
      daemon.#documents.push(JSON.parse(document) as SegmentDocument);
      daemon.#look();
    });
    daemon.#socket.bind(0, "127.0.0.1");
    await once(daemon.#socket, "listening");
    return daemon;
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** Takes what has come once it is so many; datagrams on the loopback keep their order. */
  async take(count: number): Promise<readonly SegmentDocument[]> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#look = (): void => {
      if (this.#documents.length >= count) resolve();
    };
    this.#look();
    await promise;
    return this.#documents.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }
}
