/** What an execution environment is given. */
import type { Clock } from "./clock.ts";
import type { Environment } from "./environment.ts";
import type { FunctionConfiguration } from "./function-configuration.ts";
import type { LogEvent } from "./log-format.ts";
import type { InitializationType } from "./telemetry/platform-records.ts";

/** Options of an {@link Environment}. */
export interface ExecutionEnvironmentOptions {
  readonly configuration: FunctionConfiguration;
  readonly clock: Clock;
  readonly onLog: ((event: LogEvent) => void) | undefined;
  readonly onNotice?: ((message: string) => void) | undefined;
  /** @default "on-demand" */
  readonly initializationType?: InitializationType;
  /** @default that of on-demand environments */
  readonly initLimitMs?: number;
  /** It can take an invocation (again). */
  readonly onFree: (environment: Environment) => void;
  /** It will take none any more. */
  readonly onGone: (environment: Environment) => void;
}
