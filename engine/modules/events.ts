/** `node:events`, by the package of that name. */
import NodeEventEmitter from "events/";

type Listener = (...args: never[]) => void;

/** What the package has; its own types are those of Node.js. */
export interface Emitter {
  on(event: string | symbol, listener: Listener): this;
  addListener(event: string | symbol, listener: Listener): this;
  once(event: string | symbol, listener: Listener): this;
  off(event: string | symbol, listener: Listener): this;
  removeListener(event: string | symbol, listener: Listener): this;
  removeAllListeners(event?: string | symbol): this;
  emit(event: string | symbol, ...args: unknown[]): boolean;
  listeners(event: string | symbol): Listener[];
  listenerCount(event: string | symbol): number;
  setMaxListeners(count: number): this;
}

type EmitterClass = { new (): Emitter; readonly prototype: Emitter; defaultMaxListeners: number };

export const EventEmitter: EmitterClass = NodeEventEmitter as unknown as EmitterClass;
export const { once } = NodeEventEmitter as unknown as { readonly once: unknown };
/** Marks listeners that only watch errors; here they are like every other. */
export const errorMonitor: symbol = Symbol("events.errorMonitor");
export const defaultMaxListeners: number = 10;

export function setMaxListeners(count: number, ...emitters: readonly Emitter[]): void {
  for (const each of emitters) each.setMaxListeners?.(count);
}

export function getEventListeners(emitter: Emitter, event: string): Listener[] {
  return emitter.listeners(event);
}
