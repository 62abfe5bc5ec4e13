import type { Emitter } from "./events.ts";

/** `emit` with one value: mostly there is one listener, which is found here with less ado. */
export function emitOne(emitter: Emitter, event: string, value: unknown): void {
  // oxlint-disable-next-line no-underscore-dangle -- the package's, as in Node.js
  const listener = (emitter as unknown as { readonly _events: Readonly<Record<string, unknown>> })._events[event];
  if (typeof listener === "function") listener.call(emitter, value);
  else emitter.emit(event, value);
}
