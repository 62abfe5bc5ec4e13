/** `node:timers`. */
import { onNative } from "./event-loop.ts";
import { native } from "./native.ts";

type Callback = (...args: unknown[]) => void;

/** A timer that is set for longer fires at once, as in Node.js. */
const maxTimerMs = 2 ** 31 - 1;
let lastId = 0;
const timers = new Map<number, Timer>();

class Timer {
  readonly id: number = ++lastId;
  readonly callback: Callback;
  readonly args: readonly unknown[];
  readonly delayMs: number;
  readonly repeats: boolean;
  #isRef = true;

  constructor(callback: Callback, delayMs: unknown, args: readonly unknown[], repeats: boolean) {
    if (typeof callback !== "function") throw new TypeError('The "callback" argument must be of type function');
    const wanted = Number(delayMs);
    this.callback = callback;
    this.args = args;
    this.delayMs = wanted >= 1 && wanted <= maxTimerMs ? wanted : 1;
    this.repeats = repeats;
    this.refresh();
  }

  refresh(): this {
    timers.set(this.id, this);
    native.setTimer(this.id, this.delayMs);
    if (!this.#isRef) native.refTimer(this.id, false);
    return this;
  }

  close(): this {
    timers.delete(this.id);
    native.clearTimer(this.id);
    return this;
  }

  ref(): this {
    return this.#setRef(true);
  }

  unref(): this {
    return this.#setRef(false);
  }

  hasRef(): boolean {
    return this.#isRef;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #setRef(isRef: boolean): this {
    this.#isRef = isRef;
    native.refTimer(this.id, isRef);
    return this;
  }
}

onNative("timer", (id) => {
  const timer = timers.get(id);
  if (timer === undefined) return;
  timers.delete(id);
  // Set first: its callback may clear it.
  if (timer.repeats) timer.refresh();
  timer.callback(...timer.args);
});

export function setTimeout(callback: Callback, delayMs?: number, ...args: readonly unknown[]): Timer {
  return new Timer(callback, delayMs, args, false);
}

export function setInterval(callback: Callback, delayMs?: number, ...args: readonly unknown[]): Timer {
  return new Timer(callback, delayMs, args, true);
}

/** By the object, or by its number. */
export function clearTimeout(timer?: Timer | number | string): void {
  const found = timer instanceof Timer ? timer : timers.get(Number(timer));
  found?.close();
}

export function clearInterval(timer?: Timer | number | string): void {
  clearTimeout(timer);
}

const immediates = new Set<Immediate>();

class Immediate {
  readonly callback: () => void;
  readonly timer: Timer;

  constructor(callback: () => void) {
    this.callback = callback;
    // The next turn of the event loop.
    this.timer = new Timer(() => this.run(), 0, [], false);
    native.setTimer(this.timer.id, 0);
    immediates.add(this);
  }

  run(): void {
    immediates.delete(this);
    this.callback();
  }

  ref(): this {
    this.timer.ref();
    return this;
  }

  unref(): this {
    this.timer.unref();
    return this;
  }
}

export function setImmediate(callback: Callback, ...args: readonly unknown[]): Immediate {
  return new Immediate(() => callback(...args));
}

export function clearImmediate(immediate?: Immediate): void {
  if (immediate !== undefined && immediates.delete(immediate)) immediate.timer.close();
}
