/**
 * Standard output without loss: lines are written at once and whole, and what a handler has given to `process.stdout` is
 * waited for before its answer leaves. Lambda freezes the process after the answer; what then still waits in memory
 * would appear in a later invocation, or never.
 */

/** `fs.writeSync`, loaded by the first line. */
let writeSync: ((descriptor: number, bytes: Uint8Array, offset: number) => number) | undefined;
/** For waiting without work. */
let pause: Int32Array | undefined;

type StreamName = "stdout" | "stderr";

/** Streams that exist. Creating one costs milliseconds, so nobody but the handler does. */
const created = new Set<StreamName>();

/** Notices when `process.stdout` or `process.stderr` is used for the first time. Called once, before the handler loads. */
export function watchStandardStreams(): void {
  for (const name of ["stdout", "stderr"] as const) {
    const property = Object.getOwnPropertyDescriptor(process, name);
    if (property?.get === undefined || property.configurable !== true) {
      // It is already there, or this engine does not tell.
      created.add(name);
      continue;
    }
    const get = property.get.bind(process);
    Object.defineProperty(process, name, {
      ...property,
      get() {
        created.add(name);
        return get() as unknown;
      },
    });
  }
}

/** Resolves when everything written so far is out; undefined when nothing waits. */
export function standardStreamsWritten(): Promise<unknown> | undefined {
  if (created.size === 0) return undefined;
  const waiting = [...created].filter((name) => process[name].writableLength > 0);
  if (waiting.length === 0) return undefined;
  return Promise.all(
    waiting.map(
      (name) =>
        new Promise<void>((resolve) => {
          process[name].write("", () => resolve());
        }),
    ),
  );
}

/** Writes to standard output, behind what the handler itself has written there. Never throws. */
export function writeStandardOutput(text: string): void {
  if (created.has("stdout")) process.stdout.write(text);
  else writeFully(1, Buffer.from(text));
}

/** Writes all bytes before it returns. A descriptor that nobody reads any more loses them. */
export function writeFully(descriptor: number, bytes: Uint8Array): void {
  writeSync ??= process.getBuiltinModule("node:fs").writeSync;
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
