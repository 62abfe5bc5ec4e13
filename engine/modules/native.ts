/** What the engine's Rust side gives: `src/bindings.rs`. Nothing else in this folder knows the global. */

export type NativeEvent =
  | "timer"
  | "connected"
  | "data"
  | "end"
  | "drained"
  | "failed"
  | "signal"
  | "rejected"
  | "handled"
  | "rejections"
  | "uncaught"
  | "idle"
  | "exit";

export type TextEncoding = "utf8" | "latin1" | "ascii" | "utf16le" | "hex";

export type DigestName = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

export type UrlPart =
  | "protocol"
  | "username"
  | "password"
  | "host"
  | "hostname"
  | "port"
  | "pathname"
  | "search"
  | "hash";

export interface FileStatus {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
}

/** Goes on with a stream: reads bytes, and gives back `most` at most. */
export type ZlibStep = (bytes: Uint8Array, flush: number, most: number) => ZlibProgress;

export interface ZlibProgress {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many of those that were given. */
  readonly read: number;
  /** The stream is at its end. */
  readonly isEnd?: boolean;
  /** zlib's number of a failure, with its text. */
  readonly errno?: number;
  readonly message?: string;
}

/** `accepted` answers were a 202, and `last` is the one behind them: undefined where JavaScript has to read it. */
export type OnAnswers = (accepted: number, last: Answer | undefined) => void;

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Ids of timers and sockets are chosen by the caller. */
export interface Native {
  readonly arguments: readonly string[];
  readonly execPath: string;
  readonly version: string;
  readonly pid: number;
  readonly architecture: "arm64" | "x64";
  readonly environment: Record<string, string | undefined>;
  workingDirectory(): string;
  exit(code: number): void;
  residentBytes(): number;
  randomBytes(count: number): Uint8Array<ArrayBuffer>;
  listen(signal: number): void;
  endBySignal(signal: number): void;
  onEvent(dispatch: (kind: NativeEvent, id: number, value: unknown, extra: unknown) => unknown): void;
  encode(text: string, encoding: TextEncoding): Uint8Array<ArrayBuffer>;
  /** In UTF-8. */
  byteLength(text: string): number;
  decode(bytes: Uint8Array, encoding: TextEncoding): string;
  /** -1 where there is none; `from` is not negative. */
  indexOf(bytes: Uint8Array, needle: Uint8Array | string, from: number): number;
  digest(name: DigestName, bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Not with MD5. */
  hmac(name: DigestName, key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Undefined where nothing verifies by this scheme. */
  verify(scheme: string, key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | undefined;
  /** Parameters are zlib's own: negative window bits are for data without header and sum, 16 more for gzip. */
  deflate(
    windowBits: number,
    level: number,
    memLevel: number,
    strategy: number,
    dictionary: Uint8Array | string,
  ): ZlibStep;
  /** 32 more are for either header. */
  inflate(windowBits: number, dictionary: Uint8Array | string): ZlibStep;
  /** Both sums are the bits of a signed number. */
  crc32(bytes: Uint8Array | string, value: number): number;
  /** `href`, `origin`, then the parts in the order of their type; undefined for what is no URL. */
  parseUrl(text: string, base: string | undefined): string[] | undefined;
  changeUrl(href: string, part: UrlPart, value: string): string[] | undefined;
  readFile(path: string): Uint8Array<ArrayBuffer>;
  writeFile(path: string, bytes: Uint8Array | string, flag: "w" | "a" | "wx", mode: number): void;
  stat(path: string, follow: boolean): FileStatus | undefined;
  list(path: string): string[];
  makeFolder(path: string, deep: boolean): void;
  remove(path: string, kind: "file" | "directory" | "tree"): void;
  rename(from: string, to: string): void;
  writeDescriptor(descriptor: number, bytes: Uint8Array | string): void;
  setTimer(id: number, delayMs: number): void;
  clearTimer(id: number): void;
  refTimer(id: number, isRef: boolean): void;
  /** `data` then tells how many bytes stand there. */
  receiveInto(id: number, buffer: Uint8Array): void;
  /** Behind `receiveInto`. Answers to what `sendRequest` sends are given to the callback, if they are whole and plain. */
  readAnswers(id: number, onAnswers: OnAnswers): void;
  /** Adds the length of a body, and ends both heads. The socket keeps the process alive until all is answered. */
  sendRequest(id: number, head: string, body: string | Uint8Array | undefined, followingHead: string | undefined): void;
  /** Encrypted where there is a name for the certificate. */
  connect(id: number, host: string, port: number, noDelay: boolean, serverName: string | undefined): void;
  /** Returns how many bytes wait. */
  writeSocket(id: number, bytes: Uint8Array | string): number;
  endSocket(id: number): void;
  destroySocket(id: number): void;
  refSocket(id: number, isRef: boolean): void;
  pauseSocket(id: number, isPaused: boolean): void;
}

const holder = globalThis as { __native?: Native };

/** The functions; the global is gone once they are taken. */
// oxlint-disable-next-line no-underscore-dangle -- cannot be mistaken for a name of somebody else
export const native: Native = holder.__native as Native;
// oxlint-disable-next-line no-underscore-dangle
delete holder.__native;
