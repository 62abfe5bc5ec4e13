/** The execution environments of one function: the warm one, a new one, or none because the limit is reached. */
import type { Clock } from "./clock.ts";
import { buildEnvironmentVariables, createLogStreamName } from "./environment-variables.ts";
import { ExecutionEnvironment } from "./execution-environment.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import type { Launcher, RunningBootstrap } from "./launchers/launcher.ts";
import type { LogEvent } from "./log-format.ts";
import type { RuntimeApiApp, RuntimeApiEndpoint } from "./runtime-api-app.ts";

export interface EnvironmentPoolOptions {
  readonly configuration: FunctionConfiguration;
  readonly launcher: Launcher;
  readonly runtimeApi: RuntimeApiApp;
  readonly clock: Clock;
  readonly onLog: ((event: LogEvent) => void) | undefined;
}

/** Owns every environment of the function, from its port to its bootstrap. */
export class EnvironmentPool {
  readonly #options: EnvironmentPoolOptions;
  /** Each with the port it has opened, once it has. */
  readonly #environments = new Map<ExecutionEnvironment, RuntimeApiEndpoint | undefined>();
  #free: ExecutionEnvironment[] = [];

  constructor(options: EnvironmentPoolOptions) {
    this.#options = options;
  }

  /** An environment that can take an invocation at once or after its init; undefined when all are busy. */
  acquire(): ExecutionEnvironment | undefined {
    // One whose runtime already waits comes before one that has only just answered.
    const warm = this.#free.findLast((environment) => environment.isReady) ?? this.#free.at(-1);
    if (warm !== undefined) {
      this.#free.splice(this.#free.indexOf(warm), 1);
      return warm;
    }
    return this.#environments.size < this.#options.configuration.concurrency ? this.#create() : undefined;
  }

  /** Stops every environment. */
  async close(): Promise<void> {
    await Promise.all([...this.#environments.keys()].map((environment) => environment.stop()));
  }

  #create(): ExecutionEnvironment {
    const { configuration, clock, onLog } = this.#options;
    const environment = new ExecutionEnvironment({
      configuration,
      clock,
      onLog,
      onFree: (free) => this.#free.push(free),
      onGone: (gone) => this.#remove(gone),
    });
    this.#environments.set(environment, undefined);
    void this.#open(environment);
    return environment;
  }

  async #open(environment: ExecutionEnvironment): Promise<void> {
    const { runtimeApi, launcher } = this.#options;
    let endpoint: RuntimeApiEndpoint;
    try {
      endpoint = await runtimeApi.listen(environment, launcher.listenHost);
    } catch (error) {
      const reason = `no Runtime API endpoint on ${launcher.listenHost}: ${(error as Error).message}`;
      environment.start(() => notStarted(reason));
      return;
    }
    // Stopped while the port was being opened.
    if (!this.#environments.has(environment)) return endpoint.close();
    this.#environments.set(environment, endpoint);
    this.#start(environment, endpoint.port);
  }

  #start(environment: ExecutionEnvironment, port: number): void {
    const { configuration, launcher, clock } = this.#options;
    const variables = buildEnvironmentVariables(configuration, {
      runtimeApi: `${launcher.reachableHost}:${port}`,
      taskRoot: launcher.taskRoot,
      logStreamName: createLogStreamName(clock.now()),
    });
    const { memoryMib } = configuration;
    environment.start((onOutput) => launcher.launch({ environment: variables, memoryMib, onOutput }));
  }

  #remove(gone: ExecutionEnvironment): void {
    this.#free = this.#free.filter((each) => each !== gone);
    const endpoint = this.#environments.get(gone);
    this.#environments.delete(gone);
    void endpoint?.close();
  }
}

function notStarted(reason: string): RunningBootstrap {
  return {
    exited: Promise.resolve({ kind: "not-started", reason }),
    kill: () => {},
    peakMemoryBytes: () => undefined,
    outputRead: () => undefined,
  };
}
