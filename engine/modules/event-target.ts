/** `EventTarget`, `AbortController` and `AbortSignal` (WHATWG DOM). */
import { setTimeout } from "./timers.ts";

type Listener = ((event: Event) => void) | { handleEvent(event: Event): void };

export class Event {
  readonly type: string;
  readonly cancelable: boolean;
  readonly timeStamp: number = performance.now();
  target: EventTarget | null = null;
  defaultPrevented: boolean = false;

  constructor(type: string, { cancelable = false }: { cancelable?: boolean } = {}) {
    this.type = type;
    this.cancelable = cancelable;
  }

  preventDefault(): void {
    this.defaultPrevented = this.cancelable;
  }

  stopPropagation(): void {}

  stopImmediatePropagation(): void {}
}

export class CustomEvent extends Event {
  readonly detail: unknown;

  constructor(type: string, options: { cancelable?: boolean; detail?: unknown } = {}) {
    super(type, options);
    this.detail = options.detail ?? null;
  }
}

export class EventTarget {
  readonly #listeners = new Map<string, Map<Listener, { readonly once: boolean }>>();

  addEventListener(
    type: string,
    listener: Listener | null,
    options: { once?: boolean; signal?: AbortSignal } | boolean = {},
  ): void {
    if (listener === null) return;
    const { once = false, signal } = typeof options === "boolean" ? {} : options;
    if (signal?.aborted) return;
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener));
    const ofType = this.#listeners.get(type) ?? new Map<Listener, { once: boolean }>();
    if (!ofType.has(listener)) ofType.set(listener, { once });
    this.#listeners.set(type, ofType);
  }

  removeEventListener(type: string, listener: Listener | null): void {
    if (listener !== null) this.#listeners.get(type)?.delete(listener);
  }

  dispatchEvent(event: Event): boolean {
    event.target = this;
    const handler = (this as unknown as Record<string, unknown>)[`on${event.type}`];
    if (typeof handler === "function") handler.call(this, event);
    for (const [listener, { once }] of this.#listeners.get(event.type) ?? []) {
      if (once) this.removeEventListener(event.type, listener);
      if (typeof listener === "function") listener.call(this, event);
      else listener.handleEvent(event);
    }
    return !event.defaultPrevented;
  }
}

function namedError(message: string, name: string): Error {
  return new DOMException(message, name);
}

let abortOf: (signal: AbortSignal, reason: unknown) => void = () => {};

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown;
  onabort: ((event: Event) => void) | null = null;

  static {
    abortOf = (signal, reason) => {
      if (signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason ?? namedError("This operation was aborted", "AbortError");
      signal.dispatchEvent(new Event("abort"));
    };
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal();
    abortOf(signal, reason);
    return signal;
  }

  static timeout(delayMs: number): AbortSignal {
    const signal = new AbortSignal();
    const timedOut = (): void =>
      abortOf(signal, namedError("The operation was aborted due to timeout", "TimeoutError"));
    setTimeout(timedOut, delayMs).unref();
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const result = new AbortSignal();
    for (const each of signals) {
      if (each.aborted) return AbortSignal.abort(each.reason);
      each.addEventListener("abort", () => abortOf(result, each.reason), { once: true });
    }
    return result;
  }

  get [Symbol.toStringTag](): string {
    return "AbortSignal";
  }
}

export class AbortController {
  readonly signal: AbortSignal = new AbortSignal();

  abort(reason?: unknown): void {
    abortOf(this.signal, reason);
  }

  get [Symbol.toStringTag](): string {
    return "AbortController";
  }
}
