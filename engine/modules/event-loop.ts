/** Hands the engine's events to whoever listens; what listeners throw is an uncaught exception. */
import { native, type NativeEvent } from "./native.ts";

type Listener = (id: number, value: unknown, extra: unknown) => unknown;

const listeners = new Map<NativeEvent, Listener>();
type OnUncaught = (thrown: unknown, origin: "uncaughtException" | "unhandledRejection") => void;
let onUncaught: OnUncaught = () => {};

/** One listener for each kind. */
export function onNative(kind: NativeEvent, listener: Listener): void {
  listeners.set(kind, listener);
}

/** Calls back with everything that nobody catches. */
export function onUncaughtException(callback: OnUncaught): void {
  onUncaught = callback;
  onNative("uncaught", (isRejection, thrown) =>
    onUncaught(thrown, isRejection === 1 ? "unhandledRejection" : "uncaughtException"),
  );
}

/** Calls a listener of the engine's that is not called through here. */
export function callListener<Args extends readonly unknown[]>(listener: (...args: Args) => void, ...args: Args): void {
  try {
    listener(...args);
  } catch (thrown) {
    onUncaught(thrown, "uncaughtException");
  }
}

native.onEvent((kind, id, value, extra) => {
  try {
    return listeners.get(kind)?.(id, value, extra);
  } catch (thrown) {
    onUncaught(thrown, "uncaughtException");
    return undefined;
  }
});
