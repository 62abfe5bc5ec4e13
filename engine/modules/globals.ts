/** The globals of Node.js that the engine itself does not have, and that every bundle gets. First in it. */
import { Buffer } from "./buffer.ts";
import { console } from "./console.ts";
import { TextDecoder, TextEncoder } from "./encoding.ts";
import { writeStacksAsV8 } from "./error-stack.ts";
import { AbortController, AbortSignal, CustomEvent, Event, EventTarget } from "./event-target.ts";
import { process } from "./process.ts";
import { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from "./timers.ts";

writeStacksAsV8();

const members: Readonly<Record<string, unknown>> = {
  AbortController,
  AbortSignal,
  Buffer,
  console,
  clearImmediate,
  clearInterval,
  clearTimeout,
  CustomEvent,
  Event,
  EventTarget,
  global: globalThis,
  process,
  setImmediate,
  setInterval,
  setTimeout,
  TextDecoder,
  TextEncoder,
};

/** Called by the bundle's entry for those that only some bundles get. */
export function provideGlobal(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

for (const [name, value] of Object.entries(members)) provideGlobal(name, value);
