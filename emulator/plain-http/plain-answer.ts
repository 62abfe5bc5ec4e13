/** The answer to a plain request, by the names of `ServerResponse`. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Answering } from "../answering.ts";

export class PlainAnswer implements Answering {
  readonly #socket: Socket;
  readonly #lastLines: string;
  readonly #onEnd: () => void;
  readonly #closeListeners: (() => void)[] = [];
  #head = "";

  /**
   * @param lastLines of every head
   * @param onEnd called when it is written
   */
  constructor(socket: Socket, lastLines: string, onEnd: () => void) {
    this.#socket = socket;
    this.#lastLines = lastLines;
    this.#onEnd = onEnd;
  }

  /** @param headers names and values by turns. Those of functions are checked before: they cannot end a line, nor repeat one of ours. */
  writeHead(status: number, headers: readonly string[]): this {
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
    for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
    this.#head = `${head}Date: ${dateNow()}\r\n${this.#lastLines}\r\n`;
    return this;
  }

  end(body: string | Buffer = ""): void {
    const socket = this.#socket;
    if (typeof body === "string") socket.write(this.#head + body, "latin1");
    else {
      socket.cork();
      socket.write(this.#head, "latin1");
      socket.write(body);
      socket.uncork();
    }
    // A callback of the write itself would take a turn of its own; nearly every answer is with the system by now.
    if (socket.writableLength === 0) this.close();
    else if (this.#closeListeners.length > 0) socket.write("", () => this.close());
    this.#onEnd();
  }

  /** Told once it is with the system, or will never be. */
  once(_event: "close", listener: () => void): this {
    this.#closeListeners.push(listener);
    return this;
  }

  /** It is over. */
  close(): void {
    for (const listener of this.#closeListeners.splice(0)) listener();
  }
}

/** As of this second: to format it takes as long as the rest of a head. */
const date = { text: "", untilMs: 0 };

function dateNow(): string {
  // The time on the wire is that of the machine, as that of `node:http`.
  const nowMs = Date.now();
  if (nowMs >= date.untilMs || nowMs < date.untilMs - 1000) {
    date.text = new Date(nowMs).toUTCString();
    date.untilMs = nowMs - (nowMs % 1000) + 1000;
  }
  return date.text;
}
