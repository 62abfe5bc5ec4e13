/** The execution environments of one function: a warm one, a new one, or none because the limit is reached. */
import type { Clock } from "./clock.ts";
import type { Environment } from "./environment.ts";
import {
  buildEnvironmentVariables,
  createLogStreamName,
  placeholderCredentials,
  selectExtensionVariables,
  type Credentials,
} from "./environment-variables.ts";
import { ExecutionEnvironment } from "./execution-environment.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import { IdleEnvironments } from "./idle-environments.ts";
import { ConcurrentEnvironment } from "./managed-instances/concurrent-environment.ts";
import type { Launcher, Sandbox } from "./launchers/launcher.ts";
import { notStarted } from "./launchers/not-started.ts";
import { initLimitMs, inspectedTimeoutMs, provisionedInitLimitMs } from "./limits.ts";
import { createLocalEndpoints, type LocalEndpoints } from "./local-endpoints.ts";
import type { LogEvent } from "./log-format.ts";
import type { RuntimeApiEndpoint, RuntimeApiServer } from "./runtime-api/runtime-api-server.ts";
import type { InitializationType } from "./telemetry/platform-records.ts";
import { TemporaryFolders } from "./temporary-folders.ts";
import type { DaemonAccess } from "./xray/daemon-access.ts";
import type { DaemonAddress } from "./xray/daemon-address.ts";

export interface EnvironmentPoolOptions {
  readonly configuration: FunctionConfiguration;
  readonly launcher: Launcher;
  readonly runtimeApi: RuntimeApiServer;
  readonly clock: Clock;
  /** For the functions; placeholders by default. */
  readonly credentials?: Credentials | undefined;
  readonly availabilityZoneId?: string | undefined;
  /** Where invocations are traced. */
  readonly daemonAccess?: DaemonAccess | undefined;
  readonly onLog: ((event: LogEvent) => void) | undefined;
  readonly onNotice?: ((message: string) => void) | undefined;
}

/** What the pool keeps of an environment. */
interface Member {
  readonly tenantId: string | undefined;
  readonly isProvisioned: boolean;
  /** It only finishes what it has begun. */
  isRetired: boolean;
  /** Once it is open. */
  endpoint?: RuntimeApiEndpoint;
  temporaryFolder?: string | undefined;
}

/** What its processes are told of its surroundings. */
interface OpenedFacts {
  readonly port: number;
  readonly endpoints: LocalEndpoints;
  readonly xrayDaemon: DaemonAddress | undefined;
}

/** Owns every environment of the function, from its port to its bootstrap. */
export class EnvironmentPool {
  readonly #options: EnvironmentPoolOptions;
  readonly #members = new Map<Environment, Member>();
  readonly #idle: IdleEnvironments;
  readonly #temporaryFolders = new TemporaryFolders();
  #launcher: Launcher;
  /** Ended, but perhaps not yet gone. */
  readonly #leaving = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: EnvironmentPoolOptions) {
    this.#options = options;
    this.#launcher = options.launcher;
    const { clock, configuration } = options;
    this.#idle = new IdleEnvironments(clock, configuration.idleTimeoutMs, (environment) => {
      if (this.#members.get(environment)?.isProvisioned === false) this.#retire(environment);
    });
  }

  /** Starts the environments of provisioned concurrency. */
  startWarm(): void {
    const { warm, isSnapStart } = this.#options.configuration;
    if (this.#isClosed) return;
    // The snapshot, as it is made when a version is published.
    if (isSnapStart && this.#active() === 0) this.#idle.add(this.#create(undefined, false));
    for (let missing = warm - this.#active((each) => each.isProvisioned); missing > 0; missing--) {
      this.#idle.add(this.#create(undefined, true));
    }
  }

  /** New code: invocations get new environments from now on; those that work finish what they have begun. */
  replaceCode(launcher: Launcher): void {
    this.#launcher = launcher;
    this.#temporaryFolders.forget();
    if (this.#isClosed) return;
    const hadAny = this.#active() > 0;
    for (const environment of this.#members.keys()) this.#retire(environment);
    this.startWarm();
    const { tenantIsolation, isInspected } = this.#options.configuration;
    // Somebody is about to try the change. The port of a debugger is free only when the old environment is gone.
    if (hadAny && this.#active() === 0 && !tenantIsolation && !isInspected) {
      this.#idle.add(this.#create(undefined, false));
    }
  }

  /** An environment that can take an invocation at once or after its init; undefined when all are busy. */
  acquire(tenantId: string | undefined): Environment | undefined {
    const warm = this.#idle.take((each) => each.hasRoom && this.#members.get(each)?.tenantId === tenantId);
    if (warm !== undefined) return warm;
    if (this.#active() >= this.#options.configuration.concurrency) {
      // Environments are never handed from one tenant to another: an idle one makes room.
      const other = this.#idle.take(({ hasRoom }) => hasRoom);
      if (other === undefined) return undefined;
      this.#retire(other);
    }
    return this.#create(tenantId, false);
  }

  /** Restores the snapshots that no invocation has restored yet. @returns how many */
  restore(): number {
    return [...this.#members.keys()].filter((environment) => environment.restore()).length;
  }

  /** Stops every environment. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#idle.close();
    for (const environment of this.#members.keys()) this.#wait(environment.stop());
    // What ends leaves its port behind to be closed.
    // oxlint-disable-next-line no-await-in-loop -- until nothing is left
    while (this.#leaving.size > 0) await Promise.all(this.#leaving);
  }

  #active(counts: (member: Member) => boolean = () => true): number {
    let count = 0;
    for (const member of this.#members.values()) if (!member.isRetired && counts(member)) count++;
    return count;
  }

  #create(tenantId: string | undefined, isProvisioned: boolean): Environment {
    const { configuration, clock, onLog, onNotice } = this.#options;
    const Kind = configuration.maxConcurrency === undefined ? ExecutionEnvironment : ConcurrentEnvironment;
    const environment = new Kind({
      configuration,
      clock,
      onLog,
      onNotice,
      initializationType: this.#initializationType(isProvisioned),
      initLimitMs: this.#initLimitMs(isProvisioned),
      onFree: (free) => this.#idle.add(free),
      onGone: (gone) => this.#remove(gone),
    });
    const member: Member = { tenantId, isProvisioned, isRetired: false };
    this.#members.set(environment, member);
    this.#wait(this.#open(environment, member));
    return environment;
  }

  #initLimitMs(isProvisioned: boolean): number {
    const { isInspected, isSnapStart, maxConcurrency, timeoutMs } = this.#options.configuration;
    if (isInspected) return inspectedTimeoutMs;
    return isProvisioned || isSnapStart || maxConcurrency !== undefined
      ? Math.max(provisionedInitLimitMs, timeoutMs)
      : initLimitMs;
  }

  #initializationType(isProvisioned: boolean): InitializationType {
    const { isSnapStart, maxConcurrency } = this.#options.configuration;
    if (isSnapStart) return "snap-start";
    if (maxConcurrency !== undefined) return "lambda-managed-instances";
    return isProvisioned ? "provisioned-concurrency" : "on-demand";
  }

  async #open(environment: Environment, member: Member): Promise<void> {
    const { runtimeApi, credentials = placeholderCredentials, availabilityZoneId } = this.#options;
    const launcher = this.#launcher;
    const asks = this.#options.configuration.isSnapStart && acceptsCredentialsFrom(launcher.reachableHost);
    const endpoints = createLocalEndpoints(availabilityZoneId, asks ? credentials : undefined);
    const { daemonAccess } = this.#options;
    const xrayDaemon = daemonAccess && (await daemonAccess.reach(launcher));
    let endpoint: RuntimeApiEndpoint;
    try {
      endpoint = await runtimeApi.listen(environment, launcher.listenHost, endpoints);
    } catch (error) {
      const reason = `no Runtime API endpoint on ${launcher.listenHost}: ${(error as Error).message}`;
      environment.start(() => withoutProcesses(reason));
      return;
    }
    // Stopped while the port was being opened.
    if (this.#members.get(environment) !== member) return endpoint.close();
    member.endpoint = endpoint;
    try {
      this.#start(environment, member, { port: endpoint.port, endpoints, xrayDaemon });
    } catch (error) {
      // Its temporary folder could not be made, say.
      environment.start(() => withoutProcesses((error as Error).message));
    }
  }

  #start(environment: Environment, member: Member, { port, endpoints, xrayDaemon }: OpenedFacts): void {
    const { configuration, clock, credentials = placeholderCredentials } = this.#options;
    const launcher = this.#launcher;
    member.temporaryFolder = this.#temporaryFolders.take(member.tenantId) ?? launcher.makeTemporaryFolder?.();
    const variables = buildEnvironmentVariables(configuration, {
      runtimeApi: `${launcher.reachableHost}:${port}`,
      taskRoot: launcher.taskRoot,
      layersFolder: launcher.layersFolder,
      temporaryFolder: member.temporaryFolder,
      initializationType: this.#initializationType(member.isProvisioned),
      logStreamName: createLogStreamName(clock.now()),
      endpoints,
      xrayDaemon,
      credentials: endpoints.credentials === undefined ? credentials : undefined,
    });
    const { memoryMib } = configuration;
    const extensionEnvironment = selectExtensionVariables(variables);
    environment.start(() => launcher.openSandbox({ environment: variables, extensionEnvironment, memoryMib }));
  }

  #retire(environment: Environment): void {
    const member = this.#members.get(environment);
    if (member === undefined || member.isRetired) return;
    member.isRetired = true;
    this.#idle.remove(environment);
    this.#wait(environment.retire());
  }

  #wait(promise: Promise<void>): void {
    const leaving = promise.finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  #remove(gone: Environment): void {
    this.#idle.remove(gone);
    const member = this.#members.get(gone);
    this.#members.delete(gone);
    // Its processes are recognised by the port: until they are gone, no other environment may be given it.
    this.#wait(gone.left.then(() => member?.endpoint?.close()));
    if (member?.isRetired === false) this.#temporaryFolders.leave(member.temporaryFolder, member.tenantId);
    // One that never came up would only fail again: then the next invocation starts it.
    if (member?.isProvisioned === true && !member.isRetired && gone.wasReady) this.startWarm();
  }
}

/** AWS SDKs ask for credentials nowhere but on the loopback, which in a container is its own. */
function acceptsCredentialsFrom(host: string): boolean {
  return host.startsWith("127.");
}

function withoutProcesses(reason: string): Sandbox {
  const process = notStarted(reason);
  return { extensionNames: [], listenerHost: undefined, startRuntime: () => process, startExtension: () => process };
}
