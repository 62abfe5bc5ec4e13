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

/** For what the engine calls past the listeners of this file. */
export function reportUncaught(thrown: unknown): void {
  onUncaught(thrown, "uncaughtException");
}

native.onEvent((kind, id, value, extra) => {
  try {
    return listeners.get(kind)?.(id, value, extra);
  } catch (thrown) {
    reportUncaught(thrown);
    return undefined;
  }
});
