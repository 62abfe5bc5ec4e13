/**
 * Standard output without loss: lines are written at once and whole, and what a handler has given to `process.stdout` is
 * waited for before its answer leaves. Lambda freezes the process after the answer; what then still waits in memory
 * would appear in a later invocation, or never.
 */

type StreamName = "stdout" | "stderr";
const streamNames: readonly StreamName[] = ["stdout", "stderr"];

/** The part of a stream that is used here. */
interface OutputStream {
  /** Absent where writing does not wait. */
  readonly writableLength?: number;
  write(text: string, callback?: () => void): unknown;
}

/** The standard streams of a process. */
export class StandardOutput {
  readonly #process: Readonly<Partial<Record<StreamName, OutputStream>>>;
  /** Streams that exist. Creating one costs milliseconds, so nobody but the handler does. */
  readonly #created = new Set<StreamName>();

  /** Notices from now on when a stream is used for the first time. */
  constructor(owner: Readonly<Partial<Record<StreamName, OutputStream>>>) {
    this.#process = owner;
    for (const name of streamNames) {
      if (!(name in owner)) continue;
      const property = Object.getOwnPropertyDescriptor(owner, name);
      if (property?.get === undefined || property.configurable !== true) {
        // It is already there, or this engine does not tell.
        this.#created.add(name);
        continue;
      }
      const get = property.get.bind(owner);
      Object.defineProperty(owner, name, {
        ...property,
        get: () => {
          this.#created.add(name);
          return get() as unknown;
        },
      });
    }
  }

  /** Resolves when everything written so far is out; undefined when nothing waits. */
  written(): Promise<unknown> | undefined {
    if (this.#created.size === 0) return undefined;
    const streams = [...this.#created].map((name) => this.#process[name]);
    const waiting = streams.filter((each) => each !== undefined && (each.writableLength ?? 0) > 0);
    if (waiting.length === 0) return undefined;
    return Promise.all(waiting.map((stream) => new Promise<void>((resolve) => stream?.write("", resolve))));
  }

  /** Writes behind what the handler itself has written. Never throws. */
  write(text: string): void {
    if (this.#created.has("stdout")) this.#process.stdout?.write(text);
    else writeFully(1, Buffer.from(text));
  }
}

let ofThisProcess: StandardOutput | undefined;

/** That of this process. The first call should come before the handler is loaded. */
export function standardOutput(): StandardOutput {
  return (ofThisProcess ??= new StandardOutput(process));
}

type WriteSync = (descriptor: number, bytes: Uint8Array, offset: number) => number;
/** `fs.writeSync`, loaded by the first line. */
let writeSync: WriteSync | undefined;
// As it was before the runtime changed it; the logger itself needs it.
// oxlint-disable-next-line no-console
const consoleLog = console.log;

/** For engines without `node:fs`. */
const writeToConsole: WriteSync = (_descriptor, bytes) => {
  consoleLog(Buffer.from(bytes).toString().replace(/\n$/, ""));
  return bytes.length;
};

/** For waiting without work. */
let pause: Int32Array | undefined;

/** Writes all bytes before it returns. A descriptor that nobody reads any more loses them. */
export function writeFully(descriptor: number, bytes: Uint8Array): void {
  writeSync ??=
    (process.getBuiltinModule("node:fs") as { writeSync: WriteSync } | undefined)?.writeSync ?? writeToConsole;
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      // A full pipe that somebody has made non-blocking: wait as a blocking one would.
      pause ??= new Int32Array(new SharedArrayBuffer(4));
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
