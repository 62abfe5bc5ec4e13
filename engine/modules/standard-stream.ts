/** `process.stdout` and `process.stderr`: written at once, so that nothing ever waits. */
import { native } from "./native.ts";

type Callback = () => void;

class StandardStream {
  readonly fd: 1 | 2;
  readonly writable: boolean = true;
  readonly writableLength: number = 0;
  readonly isTTY: boolean = false;

  constructor(descriptor: 1 | 2) {
    this.fd = descriptor;
  }

  write(chunk: string | Uint8Array, encoding?: string | Callback, callback?: Callback): boolean {
    native.writeDescriptor(this.fd, chunk);
    const done = typeof encoding === "function" ? encoding : callback;
    if (done !== undefined) queueMicrotask(done);
    return true;
  }

  end(chunk?: string | Uint8Array): void {
    if (chunk !== undefined) this.write(chunk);
  }

  /** Nothing ever happens to it. */
  on(): this {
    return this;
  }

  once(): this {
    return this;
  }

  off(): this {
    return this;
  }

  removeListener(): this {
    return this;
  }

  emit(): boolean {
    return false;
  }
}

const streams = new Map<1 | 2, StandardStream>();

/** That of a descriptor. */
export function standardStream(descriptor: 1 | 2): StandardStream {
  const stream = streams.get(descriptor) ?? new StandardStream(descriptor);
  streams.set(descriptor, stream);
  return stream;
}
