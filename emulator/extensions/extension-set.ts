/**
 * The extensions of one environment, from registration to shutdown. Source: AWS Lambda developer guide, "Using the Lambda
 * Extensions API"; order and texts as in aws-lambda-runtime-interface-emulator.
 */
import { systemClock } from "../clock.ts";
import { signalName } from "../function-error.ts";
import type { Invocation } from "../invocation.ts";
import type { ExitStatus, RunningProcess } from "../launchers/launcher.ts";
import {
  refuseEvent,
  refuseEventsOfInternal,
  refuseExtensionTransition,
  refuseFormat,
  refuseIdentifier,
  refuseMissingErrorType,
  refuseMissingIdentifier,
  refuseName,
  refuseNumber,
  refuseRegistration,
  refuseSecondRegistration,
  refuseUnknownIdentifier,
} from "./extension-refusals.ts";
import { Extension, type ExtensionEvent, type ExtensionEventType, type ExtensionListener } from "./extension.ts";

/** External and internal ones together. */
const maxExtensions = 10;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Why an environment cannot go on with its extensions. */
export interface ExtensionFailure {
  readonly extension: Extension;
  readonly errorType: "Extension.Crash" | "Extension.InitError" | "Extension.ExitError" | "Extension.LaunchError";
  readonly message: string;
}

export interface ExtensionSetOptions {
  /** False on Managed Instances, where no event begins or ends alone. */
  readonly hasInvokeEvents: boolean;
  /** Every external one has registered: the runtime may start. */
  readonly onAllRegistered: () => void;
  /** One of them asked for its first event. */
  readonly onReady: (extension: Extension) => void;
  /** One of them asked for its next event. */
  readonly onNext: () => void;
  readonly onFailure: (failure: ExtensionFailure) => void;
}

/** One per start of an environment. */
export class ExtensionSet {
  readonly #options: ExtensionSetOptions;
  readonly #extensions = new Map<string, Extension>();
  #isRegistrationOpen = true;
  #isShuttingDown = false;

  constructor(options: ExtensionSetOptions) {
    this.#options = options;
  }

  get all(): readonly Extension[] {
    return [...this.#extensions.values()];
  }

  /** True when each has asked for its next event; one that takes no part in invocations needs to ask only once. */
  get isIdle(): boolean {
    return this.#extensions.size === 0 || this.all.every((each) => each.isReady);
  }

  /** Starts the external ones; without any, everything is registered at once. */
  start(names: readonly string[], launch: (name: string) => RunningProcess): void {
    for (const name of names) {
      const extension = new Extension(name, launch(name));
      this.#extensions.set(name, extension);
      void extension.process?.exited.then((exit) => this.#exited(extension, exit));
    }
    if (names.length === 0) this.#options.onAllRegistered();
  }

  /** `POST /extension/register`. Throws RuntimeApiRefusal. */
  register(name: string | undefined, body: Buffer): Extension {
    if (name === undefined || name === "") throw refuseName();
    const given = readEvents(body);
    const known = this.#extensions.get(name);
    if (known !== undefined && known.state !== "Started") {
      throw this.#isRegistrationOpen ? refuseSecondRegistration() : refuseRegistration();
    }
    if (!this.#isRegistrationOpen) throw refuseRegistration();
    const { hasInvokeEvents } = this.#options;
    if (!hasInvokeEvents && known === undefined && given.length > 0) throw refuseEventsOfInternal();
    for (const event of given) {
      const isEvent = event === "SHUTDOWN" || (hasInvokeEvents && event === "INVOKE");
      if (!isEvent) throw refuseEvent(event, "ErrorInvalidEventType");
      if (event === "SHUTDOWN" && known === undefined) {
        throw refuseEvent(event, "ShutdownEventNotSupportedForInternalExtension");
      }
    }
    if (known === undefined && this.#extensions.size >= maxExtensions) throw refuseNumber(maxExtensions);
    const extension = known ?? new Extension(name);
    this.#extensions.set(name, extension);
    extension.register(given as ExtensionEventType[]);
    const isLast = this.all.every(({ state }) => state !== "Started");
    if (extension.isExternal && isLast) this.#options.onAllRegistered();
    return extension;
  }

  /** `GET /extension/event/next`. Returns how to stop waiting. Throws RuntimeApiRefusal. */
  next(identifier: string | undefined, listener: ExtensionListener): () => void {
    const extension = this.find(identifier, (id) => `Unknown extension ${id}`);
    const isFirst = extension.state === "Registered";
    const stopWaiting = extension.next(listener);
    extension.flush();
    if (isFirst) this.#options.onReady(extension);
    this.#options.onNext();
    return stopWaiting;
  }

  /** `POST /extension/init/error` and `/extension/exit/error`. Throws RuntimeApiRefusal. */
  reportError(kind: "init" | "exit", identifier: string | undefined, errorType: string | undefined): void {
    const extension = this.find(identifier);
    if (errorType === undefined || errorType === "") throw refuseMissingErrorType();
    const to = kind === "init" ? "InitError" : "ExitError";
    const allowed = kind === "init" ? ["Registered"] : ["Registered", "Ready", "Running"];
    if (!allowed.includes(extension.state)) throw refuseExtensionTransition(extension.name, extension.state, to);
    extension.state = to;
    this.#options.onFailure({ extension, errorType: `Extension.${to}`, message: errorType });
  }

  /** @throws RuntimeApiRefusal for an identifier that is missing, none, or of nobody */
  find(identifier: string | undefined, unknown?: (identifier: string) => string): Extension {
    if (identifier === undefined || identifier === "") throw refuseMissingIdentifier();
    if (!uuid.test(identifier)) throw refuseIdentifier();
    const found = this.all.find((each) => each.identifier === identifier.toLowerCase());
    if (found === undefined) {
      throw refuseUnknownIdentifier(unknown?.(identifier) ?? "Unknown Lambda-Extension-Identifier");
    }
    return found;
  }

  /** The runtime has asked for its first event. */
  closeRegistration(): void {
    this.#isRegistrationOpen = false;
  }

  /** Tells those who asked for it. */
  invoke({ requestId, invokedFunctionArn, traceId }: Invocation, deadlineMs: number): void {
    if (this.#extensions.size === 0) return;
    const tracing = { type: "X-Amzn-Trace-Id", value: traceId } as const;
    const event = { eventType: "INVOKE", deadlineMs, requestId, invokedFunctionArn, tracing } as const;
    for (const extension of this.all) extension.send(event);
  }

  /** Tells those who asked for it, ends the others, and after the deadline all. Resolves when they are gone. */
  async shutDown(event: ExtensionEvent, budgetMs: number): Promise<void> {
    this.#isShuttingDown = true;
    const processes = this.all.flatMap(({ process }) => (process === undefined ? [] : [process]));
    if (processes.length === 0) return;
    const kill = (): void => processes.forEach((process) => process.kill());
    // Processes live in the machine's time.
    const stopTimer = systemClock.startTimer(budgetMs, kill);
    for (const extension of this.all) {
      if (extension.events.includes("SHUTDOWN")) extension.send(event);
      else extension.process?.kill();
    }
    await Promise.all(processes.map(({ exited }) => exited));
    stopTimer();
  }

  #exited(extension: Extension, exit: ExitStatus): void {
    const { state } = extension;
    extension.state = "Exited";
    if (this.#isShuttingDown || state === "InitError" || state === "ExitError") return;
    if (exit.kind === "not-started") {
      extension.state = "LaunchError";
      return this.#options.onFailure({ extension, errorType: "Extension.LaunchError", message: exit.reason });
    }
    const message = exit.kind === "killed" ? `signal: ${signalName(exit.signal)}` : exitText(exit.code);
    this.#options.onFailure({ extension, errorType: "Extension.Crash", message });
  }
}

const exitText = (code: number): string => (code === 0 ? "exit code 0" : `exit status ${code}`);

/** `{"events":[…]}`; none at all is allowed. */
function readEvents(body: Buffer): readonly string[] {
  let given: unknown;
  try {
    given = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw refuseFormat((error as Error).message);
  }
  const { events = [], configurationKeys } = (given ?? {}) as { events?: unknown; configurationKeys?: unknown };
  if (configurationKeys !== undefined) {
    throw refuseFormat("configurationKeys are deprecated; use environment variables instead");
  }
  if (!Array.isArray(events) || !events.every((each) => typeof each === "string")) {
    throw refuseFormat("events must be an array of strings");
  }
  return events;
}
