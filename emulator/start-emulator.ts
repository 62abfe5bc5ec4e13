/** Starts an emulator: functions prepared, service and endpoint up; and takes it down again without a trace. */
import { rm, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock, type Clock } from "./clock.ts";
import { checkEmulatorOptions } from "./emulator-options.ts";
import { EmulatorError } from "./errors.ts";
import type { Credentials } from "./environment-variables.ts";
import { configureFunction, type FunctionConfiguration, type FunctionOptions } from "./function-configuration.ts";
import { parseFunctionName } from "./function-name.ts";
import { prepareFunction, resolveSource, type ReloadListener } from "./function-source.ts";
import { readApi, type ApiOptions } from "./http/api.ts";
import { functionUrlOf } from "./http/function-url.ts";
import { createInvokeApp } from "./invoke-app.ts";
import { LambdaService } from "./lambda-service.ts";
import type { DockerOptions } from "./launchers/docker-container.ts";
import type { LogEvent } from "./log-format.ts";
import { parseOrKeep } from "./parse-or-keep.ts";
import { formatClientContext } from "./read-invoke-request.ts";
import { createRuntimeApiServer } from "./runtime-api/runtime-api-server.ts";
import { Scheduler } from "./schedules/scheduler.ts";
import { makeWorkFolder } from "./work-folder.ts";

import { readDaemonAddress } from "./xray/daemon-address.ts";
import { DaemonAccess } from "./xray/daemon-access.ts";
import { SegmentSender } from "./xray/segment-sender.ts";
import { Tracer } from "./xray/tracer.ts";

export interface EmulatorOptions {
  /** By function name. */
  readonly functions: Readonly<Record<string, FunctionOptions>>;
  /** Address to listen on. @default "127.0.0.1" */
  readonly host?: string;
  /** 0 takes any free port. @default 0 */
  readonly port?: number;
  /** @default "us-east-1" */
  readonly region?: string;
  /** Twelve digits. @default "000000000000" */
  readonly accountId?: string;
  /** What the metadata endpoint of the functions answers, such as `use1-az1`. @default none: then it refuses to answer */
  readonly availabilityZoneId?: string;
  /**
   * Address of an X-Ray daemon, such as `127.0.0.1:2000`, or of what takes its datagrams: invocations are traced, and
   * their segments sent there. @default nothing is traced
   */
  readonly xray?: string;
  /** Credentials of the functions, where they are to reach AWS. @default placeholders that no AWS service accepts */
  readonly credentials?: Credentials;
  /** Called for every line of the functions' logs. */
  readonly onLog?: (event: LogEvent) => void;
  /** Called with sentences about choices made for the user. */
  readonly onNotice?: (message: string) => void;
  /** Where containers run, for functions this machine cannot run itself. */
  readonly docker?: DockerOptions;
  /** Leads every path that is not Lambda's own to functions, as API Gateway or a load balancer does. */
  readonly api?: ApiOptions;
  /** Reload functions whose source has changed. @default false */
  readonly watch?: boolean;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** Calls off the start; what was begun is undone. */
  readonly signal?: AbortSignal;
}

/** What an invocation may carry besides its event. */
export interface DirectInvokeOptions {
  /** For functions with `tenantIsolation`. */
  readonly tenantId?: string;
  /** `context.clientContext` of the handler. */
  readonly clientContext?: unknown;
}

/** What `Emulator.invoke` gives back. */
export interface EmulatorInvokeResult {
  /** Parsed JSON; the text where it is none. */
  readonly payload: unknown;
  /** The response as the runtime sent it. */
  readonly payloadText: string;
  /** `Unhandled` when the function failed. */
  readonly functionError: "Unhandled" | undefined;
  /** The end of the invocation's log, at most 4,096 bytes. */
  readonly logResult: string;
  readonly requestId: string;
}

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  /** For `AWS_ENDPOINT_URL_LAMBDA`, `new LambdaClient({ endpoint })` and `aws --endpoint-url`. */
  readonly url: string;
  readonly functionNames: readonly string[];
  /** The function URL: requests to it and to paths below it become events of the function. */
  functionUrl(functionName: string): string;
  /**
   * Invokes without HTTP.
   *
   * @param event sent as JSON; a Uint8Array is sent as it is. @default {}
   * @throws ServiceException what Lambda refuses; EmulatorError `CLOSED`
   */
  invoke(functionName: string, event?: unknown, options?: DirectInvokeOptions): Promise<EmulatorInvokeResult>;
  /**
   * Invokes asynchronously, as `InvocationType: "Event"` does: with retries, destinations and dead letters.
   *
   * @returns the request id
   * @throws as `invoke`
   */
  invokeAsync(functionName: string, event?: unknown, options?: Pick<DirectInvokeOptions, "tenantId">): Promise<string>;
  /**
   * Restores the snapshots of a function with `snapStart` without an invocation: those that wait, and those that are
   * still made as soon as they are there.
   *
   * @returns how many there were
   * @throws ServiceException 404 `ResourceNotFoundException`
   */
  restore(functionName: string): number;
  /**
   * Resolves when nothing runs and nothing is queued, retries and records included, and the log of every invocation is
   * complete. Schedules it does not wait for.
   */
  waitForIdle(): Promise<void>;
  /** Ends every bootstrap and container, closes the ports, removes the temporary folder. */
  close(): Promise<void>;
}

/**
 * Starts Lambda on this machine.
 *
 * @throws EmulatorError, and BundleError, ArchiveError or DockerError of the part that prepares a function
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  checkEmulatorOptions(options);
  const { host = "127.0.0.1", clock = systemClock, signal } = options;
  const xrayDaemon = readDaemonAddress(options.xray ?? "");
  const account = { region: options.region ?? "us-east-1", accountId: options.accountId ?? "000000000000", xrayDaemon };
  const entries = Object.entries(options.functions).map(([name, given]) => {
    const path = resolveSource(given.source);
    return { path, given, configuration: configureFunction(name, { ...given, source: path }, account) };
  });
  if (entries.length === 0) throw new EmulatorError("BAD_OPTIONS", "At least one function is needed");
  checkDestinations(entries.map(({ configuration }) => configuration));
  const functionNames = entries.map(({ configuration }) => configuration.name);
  const api = options.api === undefined ? undefined : readApi(options.api, functionNames);

  const folder = await makeWorkFolder();
  const onNotice = options.onNotice ?? ((): void => {});
  const sender = xrayDaemon && new SegmentSender(xrayDaemon, onNotice);
  const tracer = sender && new Tracer({ clock, sender });
  const daemonAccess = sender && new DaemonAccess({ address: xrayDaemon, sender, onNotice });
  const service = new LambdaService({ clock, onNotice, tracer });
  const app = createInvokeApp(service, { allowedHost: host, api, clock });
  const stopWatching: (() => Promise<void>)[] = [];
  let scheduler: Scheduler | undefined;
  const close = async (): Promise<void> => {
    scheduler?.close();
    await Promise.all(stopWatching.map((stop) => stop()));
    await service.close();
    daemonAccess?.close();
    sender?.close();
    await app.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const runtimeApi = createRuntimeApiServer(clock);
    // All of them come to an end before anything is undone.
    const prepared = await Promise.allSettled(
      entries.map(async ({ configuration, given, path }) => {
        const { name } = configuration;
        const workFolder = join(folder, name);
        await mkdir(workFolder);
        const { layers } = given;
        const { docker = {} } = options;
        const reload = options.watch === true ? reloadInto(service, name, onNotice) : undefined;
        const code = await prepareFunction(path, given, { workFolder, layers, docker, onNotice, signal, reload });
        if (code.stopWatching !== undefined) stopWatching.push(code.stopWatching);
        return { configuration, code };
      }),
    );
    const { credentials, availabilityZoneId, onLog } = options;
    for (const { configuration, code } of prepared.map(valueOrThrow)) {
      const { launcher } = code;
      service.addFunction({
        configuration,
        code,
        launcher,
        runtimeApi,
        credentials,
        availabilityZoneId,
        daemonAccess,
        onLog,
      });
    }
    signal?.throwIfAborted();
    const url = await listen(app, host, options.port ?? 0);
    scheduler = new Scheduler({
      ...account,
      functions: entries.map(({ configuration }) => configuration),
      clock,
      onDue: (name, event) => void service.enqueue({ name, qualifier: undefined }, { payload: Buffer.from(event) }),
      onNotice,
    });
    return {
      url,
      functionNames,
      functionUrl: (name) => functionUrlOf(url, service.findFunction(parseFunctionName(name)).entry.configuration.name),
      invoke: (name, event, invokeOptions) => invokeDirectly(service, name, event, invokeOptions),
      async invokeAsync(name, event, { tenantId } = {}) {
        return service.enqueue(parseFunctionName(name), { payload: toPayload(event), tenantId });
      },
      restore: (name) => service.findFunction(parseFunctionName(name)).entry.pool.restore(),
      waitForIdle: () => service.waitForIdle(),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function invokeDirectly(
  service: LambdaService,
  name: string,
  event: unknown,
  { tenantId, clientContext }: DirectInvokeOptions = {},
): Promise<EmulatorInvokeResult> {
  const result = await service.invoke(parseFunctionName(name), {
    payload: toPayload(event),
    tenantId,
    clientContext: clientContext === undefined ? undefined : formatClientContext(clientContext),
    withLogTail: true,
  });
  const payloadText = result.payload.toString("utf8");
  return {
    payload: parseOrKeep(payloadText),
    payloadText,
    functionError: result.isFunctionError ? "Unhandled" : undefined,
    logResult: Buffer.from(result.logTail ?? "", "base64").toString("utf8"),
    requestId: result.requestId,
  };
}

function toPayload(event: unknown): Buffer {
  return Buffer.from(event instanceof Uint8Array ? event : JSON.stringify(event === undefined ? {} : event));
}

function valueOrThrow<Value>(result: PromiseSettledResult<Value>): Value {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

/** Swaps the code of a running function. */
function reloadInto(service: LambdaService, name: string, onNotice: (message: string) => void): ReloadListener {
  return {
    onReload(code, changedMs) {
      const entry = service.functions.find(({ configuration }) => configuration.name === name);
      if (entry === undefined) return;
      entry.code = code;
      entry.pool.replaceCode(code.launcher);
      onNotice(`Reloaded ${name} in ${Math.round(performance.now() - changedMs)} ms`);
    },
    onError: (error) => onNotice(`${error.message}\nThe last code of ${name} that worked goes on.`),
  };
}

/** Destinations that are functions have to be among them. */
function checkDestinations(configurations: readonly FunctionConfiguration[]): void {
  const names = new Set(configurations.map(({ name }) => name));
  for (const { name, eventInvokeConfig } of configurations) {
    const { onSuccess, onFailure, deadLetterQueue } = eventInvokeConfig;
    for (const destination of [onSuccess, onFailure, deadLetterQueue]) {
      if (destination?.kind !== "function" || names.has(destination.name)) continue;
      throw new EmulatorError(
        "BAD_OPTIONS",
        `Function ${name} delivers to ${destination.name}, which is not emulated here`,
      );
    }
  }
}

async function listen(app: ReturnType<typeof createInvokeApp>, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      throw new EmulatorError("ADDRESS_IN_USE", `Port ${port} on ${host} is taken by another program`, {
        hint: "Choose another with --port, or --port 0 for any free one",
        cause,
      });
    }
    throw new EmulatorError("BAD_OPTIONS", `Listening on ${host}:${port} failed: ${message}`, { cause });
  }
}
