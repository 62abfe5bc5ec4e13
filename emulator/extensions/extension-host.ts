/** What one start of an environment offers to its extensions: the Extensions API, the Telemetry API and the Logs API. */
import type { Clock } from "../clock.ts";
import { RuntimeApiRefusal } from "../errors.ts";
import type { EnvironmentLog } from "../environment-log.ts";
import type { FunctionConfiguration } from "../function-configuration.ts";
import type { Invocation } from "../invocation.ts";
import type { Sandbox } from "../launchers/launcher.ts";
import {
  allTelemetry,
  managedInstancesTelemetry,
  type TelemetryApiName,
  type TelemetryApis,
} from "../telemetry/subscription-request.ts";
import { TelemetryHub } from "../telemetry/telemetry-hub.ts";
import type { ExtensionListener } from "./extension.ts";
import { ExtensionSet, type ExtensionFailure } from "./extension-set.ts";

export interface ExtensionHostOptions {
  readonly configuration: FunctionConfiguration;
  readonly clock: Clock;
  readonly log: EnvironmentLog;
  /** Every external extension has registered: the runtime may start. */
  readonly onAllRegistered: (sandbox: Sandbox) => void;
  /** One of them asked for its next event. */
  readonly onNext: () => void;
  readonly onFailure: (failure: ExtensionFailure) => void;
}

/** What a registration is answered. */
interface Registration {
  readonly identifier: string;
  readonly answer: object;
}

/** One per start. What its extensions ask throws RuntimeApiRefusal. */
export class ExtensionHost {
  readonly #options: ExtensionHostOptions;
  readonly #telemetry: TelemetryHub;
  /** Those that it has. */
  readonly telemetryApis: TelemetryApis;
  #sandbox: Sandbox | undefined;
  readonly extensions: ExtensionSet;

  constructor(options: ExtensionHostOptions) {
    const { configuration, clock, log, onAllRegistered, onNext, onFailure } = options;
    const isConcurrent = configuration.maxConcurrency !== undefined;
    this.#options = options;
    this.telemetryApis = isConcurrent ? managedInstancesTelemetry : allTelemetry;
    this.#telemetry = new TelemetryHub(clock, this.telemetryApis);
    log.telemetry = this.#telemetry;
    this.extensions = new ExtensionSet({
      hasInvokeEvents: !isConcurrent,
      onAllRegistered: () => {
        if (this.#sandbox !== undefined) onAllRegistered(this.#sandbox);
      },
      onNext,
      onReady: ({ name, events }) => log.extension(name, "Ready", events),
      onFailure(failure) {
        const { name, state, events } = failure.extension;
        log.extension(name, state, events, failure.errorType);
        onFailure(failure);
      },
    });
  }

  /** True when nobody of them is at work. */
  get isIdle(): boolean {
    return this.extensions.isIdle;
  }

  /** Starts the external extensions. */
  start(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    const { log } = this.#options;
    this.extensions.start(sandbox.extensionNames, (name) =>
      sandbox.startExtension(name, (stream, chunk) => log.pushOfExtension(name, stream, chunk)),
    );
  }

  register(name: string | undefined, body: Buffer, features: readonly string[]): Registration {
    const { identifier } = this.extensions.register(name, body);
    const { name: functionName, handler, arn } = this.#options.configuration;
    const account = features.includes("accountId") ? { accountId: arn.split(":")[4] } : {};
    return { identifier, answer: { functionName, functionVersion: "$LATEST", handler, ...account } };
  }

  /** Returns how to stop waiting. */
  next(identifier: string | undefined, listener: ExtensionListener): () => void {
    return this.extensions.next(identifier, listener);
  }

  reportError(kind: "init" | "exit", identifier: string | undefined, errorType: string | undefined): void {
    this.extensions.reportError(kind, identifier, errorType);
  }

  subscribe(api: TelemetryApiName, identifier: string | undefined, body: Buffer): void {
    const { name } = this.extensions.find(identifier);
    const listenerHost = this.#sandbox?.listenerHost;
    if (listenerHost === undefined) throw refuseTelemetry(api);
    const types = this.#telemetry.subscribe(api, name, body, listenerHost);
    this.#options.log.subscription(api, name, types);
  }

  /** The runtime has asked for its first event: no more extensions. */
  closeRegistration(): void {
    this.extensions.closeRegistration();
  }

  /** All have asked for their first event: no more subscribers. */
  closeSubscription(): void {
    this.#telemetry.closeSubscription();
  }

  /** Tells those who asked for it. */
  invoke(invocation: Invocation, deadlineMs: number): void {
    this.extensions.invoke(invocation, deadlineMs);
  }

  /** Sends subscribers what there is, and forgets them when the extensions are gone. */
  endTelemetry(runtimeGone: Promise<void>, allGone: Promise<void>): void {
    // Behind REPORT, which is written when the runtime is gone.
    void runtimeGone.then(() => setImmediate(() => this.#telemetry.flush()));
    void allGone.then(() => this.#telemetry.close());
  }
}

/** Containers in a virtual machine, as those of Docker Desktop, have addresses that only that machine reaches. */
function refuseTelemetry(api: TelemetryApiName): RuntimeApiRefusal {
  const message = `The ${api} API is not emulated where this machine does not reach the address of a container`;
  return new RuntimeApiRefusal(501, "NotEmulated", message);
}
