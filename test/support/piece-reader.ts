/** Lets a handler wait until what it wrote has arrived: it asks for the piece, and is answered when that is so. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export class PieceReader {
  readonly #waiting: { readonly piece: string; readonly response: ServerResponse }[] = [];
  #text = "";
  readonly #server = createServer((incoming, response) => {
    void incoming.toArray().then((chunks) => {
      this.#waiting.push({ piece: Buffer.concat(chunks as Buffer[]).toString(), response });
      this.received(this.#text);
    });
  });

  async start(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param text all that has come so far */
  received(text: string): void {
    this.#text = text;
    for (const each of this.#waiting.splice(0)) {
      if (text.endsWith(each.piece)) each.response.end();
      else this.#waiting.push(each);
    }
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
