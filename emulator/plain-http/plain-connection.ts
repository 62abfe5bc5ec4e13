/** One connection as long as there are only plain requests on it: one after the other, also where they come together. */
import type { Socket } from "node:net";
import { PlainAnswer } from "./plain-answer.ts";
import { readPlainRequest, type PlainRequest } from "./plain-request.ts";

/** False for a request that is somebody else's; then nothing was done with the answer. */
export type ServePlain = (request: PlainRequest, answer: PlainAnswer) => boolean;

export interface PlainConnectionOptions {
  readonly serve: ServePlain;
  /** Takes the connection for good, with the bytes of the first request that is not plain in front. */
  readonly handOver: () => void;
  /** Milliseconds without a request, as callers are told; 0 for ever. */
  readonly keepAliveTimeoutMs: number;
  /** What is added to them, for those who ask at the last moment. */
  readonly bufferMs: number;
}

/** What is sent ahead of an answer waits here, and from then on with the sender. */
const maxPendingBytes = 64 * 1024;
const nothing = Buffer.alloc(0);

export class PlainConnection {
  readonly #socket: Socket;
  readonly #options: PlainConnectionOptions;
  readonly #lastLines: string;
  #pending: Buffer = nothing;
  #answer: PlainAnswer | undefined;
  #isReading = false;
  /** Of the time without a request: that of the socket would be set again by every byte. */
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: PlainConnectionOptions) {
    const { keepAliveTimeoutMs, bufferMs } = options;
    this.#socket = socket;
    this.#options = options;
    const seconds = Math.floor(keepAliveTimeoutMs / 1000);
    this.#lastLines = `Connection: keep-alive\r\n${seconds > 0 ? `Keep-Alive: timeout=${seconds}\r\n` : ""}`;
    for (const [event, listener] of this.#listeners) socket.on(event, listener);
    if (keepAliveTimeoutMs > 0) this.#timer = setTimeout(() => this.#expire(), keepAliveTimeoutMs + bufferMs).unref();
  }

  /** Nobody waits for an answer, or for the rest of one. */
  get isIdle(): boolean {
    return this.#answer === undefined && this.#socket.writableLength === 0;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #listeners: readonly (readonly [string, (chunk: Buffer) => void])[] = [
    ["data", (chunk) => this.#take(chunk)],
    // As `node:http`: who closes its side is not waited for.
    ["end", () => this.#socket.end()],
    ["drain", () => this.#goOn()],
    ["error", () => this.#socket.destroy()],
    ["close", () => this.#close()],
  ];

  #take(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    if (this.#isReady) this.#read();
    else if (this.#pending.length > maxPendingBytes) this.#socket.pause();
  }

  /** Who does not read answers is not given more of them, and who has gone asks for nothing. */
  get #isReady(): boolean {
    return this.#answer === undefined && !this.#socket.writableNeedDrain && !this.#socket.destroyed;
  }

  #read(): void {
    this.#isReading = true;
    while (this.#isReady && this.#pending.length > 0) {
      const bytes = this.#pending;
      const request = readPlainRequest(bytes, this.#socket);
      if (request === undefined || !this.#serve(request)) return this.#giveAway(bytes);
    }
    this.#isReading = false;
  }

  #serve(request: PlainRequest): boolean {
    this.#pending = this.#pending.subarray(request.end);
    this.#answer = new PlainAnswer(this.#socket, this.#lastLines, () => this.#answered());
    return this.#options.serve(request, this.#answer);
  }

  #answered(): void {
    this.#answer = undefined;
    this.#timer?.refresh();
    this.#goOn();
  }

  #expire(): void {
    if (this.isIdle) this.#socket.destroy();
    // Its answer is on the way; from its end on the time counts again.
    else if (this.#answer === undefined) this.#timer?.refresh();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#answer?.close();
  }

  #goOn(): void {
    if (!this.#isReady || this.#isReading) return;
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#read();
  }

  #giveAway(bytes: Buffer): void {
    const socket = this.#socket;
    for (const [event, listener] of this.#listeners) socket.off(event, listener);
    clearTimeout(this.#timer);
    socket.unshift(bytes);
    this.#options.handOver();
  }
}
