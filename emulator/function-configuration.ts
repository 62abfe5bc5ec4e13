/** A function as the service knows it: user options → complete, checked configuration. */
import type { Platform } from "../images/platforms.ts";
import { EmulatorError } from "./errors.ts";
import { readEventInvokeConfig, type EventInvokeConfig, type EventInvokeConfigOptions } from "./event-invoke-config.ts";
import { handlerVariable, isHandlerModule } from "./handler-module.ts";
import {
  defaultConcurrency,
  defaultIdleTimeoutMs,
  defaultMemoryMib,
  defaultTimeoutMs,
  maxIdleTimeoutMs,
  maxMaxConcurrency,
  maxMemoryMib,
  maxTimeoutMs,
  minMemoryMib,
} from "./limits.ts";
import { readSchedules, type Schedule } from "./schedules/schedule.ts";
import {
  readFunctionUrlConfig,
  type FunctionUrlConfig,
  type FunctionUrlConfigOptions,
} from "./http/function-url-config.ts";
import { readLogging, type Logging, type LoggingOptions } from "./logging.ts";
import type { DaemonAddress } from "./xray/daemon-address.ts";
import { checkUserVariables } from "./user-variables.ts";

/** One function of `startEmulator`. Defaults are Lambda's own. */
export interface FunctionOptions {
  /** Path of a handler module, a `function.zip` or an executable bootstrap. */
  readonly source: string;
  /** Export of a handler module, `handler` by default; for any other source the value of `_HANDLER`. */
  readonly handler?: string;
  /** @default 3000 */
  readonly timeoutMs?: number;
  /** @default 128 */
  readonly memoryMib?: number;
  /** Environment variables of the function. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Execution environments at the same time; one more caller is throttled. 0 throttles all. @default 10 */
  readonly concurrency?: number;
  /**
   * Events that one environment works on at the same time: the function runs as on Lambda Managed Instances, and logs in
   * JSON. @default one event after the other
   */
  readonly maxConcurrency?: number;
  /** Environments that are started with the emulator and kept (provisioned concurrency). @default 0 */
  readonly warm?: number;
  /** Milliseconds without work after which an environment is ended. @default 600000, ten minutes */
  readonly idleTimeoutMs?: number;
  /** Each tenant has environments of its own, and callers must name theirs. @default false */
  readonly tenantIsolation?: boolean;
  /** Retries and destinations of `Event` invocations. */
  readonly eventInvokeConfig?: EventInvokeConfigOptions;
  /** Of its function URL, `/lambda-url/<name>/` or `http://<name>.lambda-url.localhost`. */
  readonly url?: FunctionUrlConfigOptions;
  /**
   * Initialized when the emulator starts, up to the runtime's snapshot, and restored by an invocation or by
   * `Emulator.restore`. Each environment has a snapshot of its own. @default false
   */
  readonly snapStart?: boolean;
  /** Streamed responses as slow as Lambda's: 6 MB at once, then 2 MB per second. @default false */
  readonly streamPacing?: boolean;
  /**
   * When the function is invoked asynchronously with EventBridge's scheduled event: `rate(5 minutes)`, counted from the
   * start on, or `cron(0 10 * * ? *)`, in UTC.
   */
  readonly schedules?: readonly string[];
  /** @default text */
  readonly logging?: LoggingOptions;
  /** Folders and zip archives that make up `/opt`, later ones over earlier ones. */
  readonly layers?: readonly string[];
  /** Runs a handler module. @default the Node.js that runs the emulator */
  readonly engine?: JavaScriptEngine;
  /**
   * Port on which a debugger reaches a handler module, on 127.0.0.1; 0 takes any free one. There is then one environment at most, and neither
   * its init nor its invocations are timed out.
   */
  readonly inspect?: number;
  /** Run in a container of this platform's image; by default only when this machine cannot run the bootstrap. */
  readonly platform?: Platform;
}

/** What runs the bundle of a handler module. */
export interface JavaScriptEngine {
  readonly name: "bun" | "node" | "native";
  /** Path of its executable. */
  readonly path: string;
}

/** What every part of the emulator works with. */
export interface FunctionConfiguration {
  readonly name: string;
  /** Unqualified. */
  readonly arn: string;
  readonly region: string;
  /** Value of `_HANDLER`. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMib: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly concurrency: number;
  /** Undefined but for Managed Instances. */
  readonly maxConcurrency: number | undefined;
  /** A debugger may hold it: its time limits do not count. */
  readonly isInspected: boolean;
  readonly warm: number;
  readonly idleTimeoutMs: number;
  readonly tenantIsolation: boolean;
  readonly eventInvokeConfig: EventInvokeConfig;
  readonly url: FunctionUrlConfig;
  readonly isSnapStart: boolean;
  readonly isStreamPaced: boolean;
  readonly schedules: readonly Schedule[];
  readonly logging: Logging;
  /** Where invocations are traced. */
  readonly xrayDaemon: DaemonAddress | undefined;
}

/**
 * Checks the options of one function against Lambda's limits.
 *
 * @throws EmulatorError `BAD_OPTIONS`
 */
export function configureFunction(
  name: string,
  options: FunctionOptions,
  account: { readonly region: string; readonly accountId: string; readonly xrayDaemon?: DaemonAddress | undefined },
): FunctionConfiguration {
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
    throw badOption(`A function name has 1 to 64 letters, digits, "-" or "_"; "${name}" does not`);
  }
  checkUserVariables(name, options.environment ?? {});
  const owner = `Function ${name}`;
  const isInspected = options.inspect !== undefined;
  if (isInspected) checkInspected(owner, options);
  const concurrency = inRange(
    `${owner}: concurrency`,
    options.concurrency ?? (isInspected ? 1 : defaultConcurrency),
    0,
    1000,
  );
  const tenantIsolation = options.tenantIsolation ?? false;
  const warm = inRange(`${owner}: warm`, options.warm ?? 0, 0, concurrency);
  if (tenantIsolation && warm > 0)
    throw badOption(`${owner}: Lambda has no provisioned concurrency with tenant isolation`);
  const schedules = readSchedules(owner, options.schedules);
  if (tenantIsolation && schedules.length > 0) {
    throw badOption(`${owner}: schedules name no tenant, which tenantIsolation asks of every invocation`);
  }
  const { region, accountId, xrayDaemon } = account;
  return {
    name,
    arn: `arn:aws:lambda:${region}:${accountId}:function:${name}`,
    region,
    handler: handlerVariable(options.source, options.handler),
    timeoutMs: inRange(`${owner}: timeoutMs`, options.timeoutMs ?? defaultTimeoutMs, 1, maxTimeoutMs),
    memoryMib: inRange(`${owner}: memoryMib`, options.memoryMib ?? defaultMemoryMib, minMemoryMib, maxMemoryMib),
    environment: options.environment ?? {},
    concurrency,
    maxConcurrency: readMaxConcurrency(owner, options),
    isInspected,
    warm,
    idleTimeoutMs: inRange(
      `${owner}: idleTimeoutMs`,
      options.idleTimeoutMs ?? defaultIdleTimeoutMs,
      1,
      maxIdleTimeoutMs,
    ),
    tenantIsolation,
    eventInvokeConfig: readEventInvokeConfig(owner, options.eventInvokeConfig),
    url: readFunctionUrlConfig(owner, options.url),
    isSnapStart: readSnapStart(owner, options),
    isStreamPaced: options.streamPacing ?? false,
    schedules,
    logging: readLogging(owner, options.logging, options.maxConcurrency !== undefined),
    xrayDaemon,
  };
}

/** Source: AWS Lambda developer guide, "Lambda Managed Instances". */
function readMaxConcurrency(
  owner: string,
  { maxConcurrency, snapStart, tenantIsolation }: FunctionOptions,
): number | undefined {
  if (maxConcurrency === undefined) return undefined;
  if (snapStart === true) throw badOption(`${owner}: Lambda has no SnapStart on Managed Instances`);
  if (tenantIsolation === true) throw badOption(`${owner}: Lambda has no tenant isolation on Managed Instances`);
  return inRange("maxConcurrency", maxConcurrency, 1, maxMaxConcurrency);
}

/** Source: AWS Lambda developer guide, "Improving startup performance with Lambda SnapStart", limitations. */
function readSnapStart(
  owner: string,
  { snapStart = false, warm = 0, tenantIsolation, inspect }: FunctionOptions,
): boolean {
  if (snapStart && warm > 0) throw badOption(`${owner}: Lambda has no provisioned concurrency with SnapStart`);
  if (snapStart && tenantIsolation === true) throw badOption(`${owner}: Lambda has no SnapStart with tenant isolation`);
  if (snapStart && inspect !== undefined)
    throw badOption(`${owner}: a debugger holds no snapshot; leave out snapStart`);
  return snapStart;
}

function checkInspected(owner: string, { source, inspect = 0, concurrency = 1 }: FunctionOptions): void {
  inRange(`${owner}: inspect`, inspect, 0, 65_535);
  if (!isHandlerModule(source)) throw badOption(`${owner}: only a handler module can be inspected`);
  if (concurrency > 1) throw badOption(`${owner}: a debugger reaches one environment; concurrency must be 1`);
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw badOption(`${name} must be a whole number from ${min} to ${max}, it is ${value}`);
}

function badOption(message: string): EmulatorError {
  return new EmulatorError("BAD_OPTIONS", message);
}
