/** One start of an environment: its bootstrap and extensions, and what they may ask. A failed init is followed by another. */
import type { EnvironmentLog } from "./environment-log.ts";
import { ExtensionHost } from "./extensions/extension-host.ts";
import type { ExtensionFailure } from "./extensions/extension-set.ts";
import type { Clock } from "./clock.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import type { ExitStatus, RunningProcess, Sandbox } from "./launchers/launcher.ts";
import { initErrorGraceMs } from "./limits.ts";
import { shutDown, type Shutdown, type ShutdownReason } from "./shutdown.ts";

export interface EnvironmentRunOptions<Session> {
  readonly session: Session;
  readonly configuration: FunctionConfiguration;
  readonly clock: Clock;
  readonly log: EnvironmentLog;
  /** An extension asked for its next event. */
  readonly onExtensionNext: () => void;
  readonly onExtensionFailure: (failure: ExtensionFailure) => void;
  /** The bootstrap is gone, without having been asked to go. */
  readonly onExited: (exit: ExitStatus) => void;
}

/** Not used again after its shutdown: whatever still happens to it is nobody's business. */
export class EnvironmentRun<Session extends { stop(): void }> {
  readonly #options: EnvironmentRunOptions<Session>;
  readonly session: Session;
  readonly host: ExtensionHost;
  #bootstrap: RunningProcess | undefined;
  #sandbox: Sandbox | undefined;
  #isOver = false;

  constructor(options: EnvironmentRunOptions<Session>) {
    const { configuration, clock, log } = options;
    this.#options = options;
    this.session = options.session;
    this.host = new ExtensionHost({
      configuration,
      clock,
      log,
      onAllRegistered: (sandbox) => this.#startBootstrap(sandbox),
      onNext: options.onExtensionNext,
      onFailure: (failure) => {
        if (!this.#isOver) options.onExtensionFailure(failure);
      },
    });
  }

  /** Undefined until all external extensions have registered. */
  get bootstrap(): RunningProcess | undefined {
    return this.#bootstrap;
  }

  /** Starts the extensions and, once they have registered, the bootstrap. */
  start(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    this.host.start(sandbox);
  }

  /** The bootstrap has said that it cannot go on: it leaves by itself, or is made to after a while. */
  expectExit(): void {
    const bootstrap = this.#bootstrap;
    const stopTimer = this.#options.clock.startTimer(initErrorGraceMs, () => bootstrap?.kill());
    void bootstrap?.exited.finally(stopTimer);
  }

  /** Begins at once; may be called again. */
  shutDown(reason: ShutdownReason): Shutdown {
    this.#isOver = true;
    const bootstrap = this.#bootstrap;
    this.#bootstrap = undefined;
    this.session.stop();
    const { extensions } = this.host;
    const shutdown = shutDown({ reason, bootstrap, extensions, nowMs: this.#options.clock.now() });
    const { runtimeGone } = shutdown;
    this.host.endTelemetry(runtimeGone, shutdown.allGone);
    return { runtimeGone, allGone: shutdown.allGone.then(() => this.#sandbox?.close?.()) };
  }

  #startBootstrap(sandbox: Sandbox): void {
    if (this.#isOver) return;
    const bootstrap = sandbox.startRuntime((stream, chunk) => this.#options.log.push(stream, chunk));
    this.#bootstrap = bootstrap;
    void bootstrap.exited.then((exit) => {
      if (!this.#isOver) this.#options.onExited(exit);
    });
  }
}
