/** One extension of an environment: its states, the events it asked for, and the one it waits for. */
import { randomUUID } from "node:crypto";
import { refuseExtensionTransition } from "./extension-refusals.ts";
import type { RunningProcess } from "../launchers/launcher.ts";

/** What an extension may ask for. */
export type ExtensionEventType = "INVOKE" | "SHUTDOWN";

/** Lambda's names, which refusals tell. */
export type ExtensionState =
  | "Started"
  | "Registered"
  | "Ready"
  | "Running"
  | "InitError"
  | "ExitError"
  | "LaunchError"
  | "Exited";

/** As `GET /extension/event/next` answers. Times are Unix times in milliseconds. */
export type ExtensionEvent =
  | {
      readonly eventType: "INVOKE";
      readonly deadlineMs: number;
      readonly requestId: string;
      readonly invokedFunctionArn: string;
      readonly tracing: { readonly type: "X-Amzn-Trace-Id"; readonly value: string };
    }
  | { readonly eventType: "SHUTDOWN"; readonly deadlineMs: number; readonly shutdownReason: string };

/** Takes one event. */
export type ExtensionListener = (event: ExtensionEvent) => void;

/** External ones are files of `/opt/extensions`, each a process; internal ones belong to the runtime. */
export class Extension {
  readonly name: string;
  /** Of an external one. */
  readonly process: RunningProcess | undefined;
  readonly identifier: string = randomUUID();
  events: readonly ExtensionEventType[] = [];
  state: ExtensionState = "Started";
  #listener: ExtensionListener | undefined;
  /** It comes with the next request. */
  #pending: ExtensionEvent | undefined;

  constructor(name: string, process?: RunningProcess) {
    this.name = name;
    this.process = process;
  }

  get isExternal(): boolean {
    return this.process !== undefined;
  }

  /** The file could be started, and it has asked for its next event since. */
  get isReady(): boolean {
    return this.state === "Ready";
  }

  register(events: readonly ExtensionEventType[]): void {
    this.events = events;
    this.state = "Registered";
  }

  /** Waits for an event. Returns how to stop waiting. Throws RuntimeApiRefusal. */
  next(listener: ExtensionListener): () => void {
    if (this.state !== "Registered" && this.state !== "Ready" && this.state !== "Running") {
      throw refuseExtensionTransition(this.name, this.state, "Ready");
    }
    this.state = "Ready";
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  /** Gives it an event, now or when it asks; those it did not subscribe to it never gets. */
  send(event: ExtensionEvent): void {
    if (!this.events.includes(event.eventType)) return;
    this.#pending = event;
    this.flush();
  }

  /** Hands over what waits for its request. */
  flush(): void {
    const [event, listener] = [this.#pending, this.#listener];
    if (event === undefined || listener === undefined) return;
    this.#pending = this.#listener = undefined;
    this.state = "Running";
    listener(event);
  }
}
