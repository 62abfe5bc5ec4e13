/** Runs `emulate`: options → `startEmulator`; logs to stderr, results to stdout. */
import type { Credentials, Emulator, EmulatorInvokeResult, EmulatorOptions } from "../emulator/index.ts";
import { describeApi } from "./api-flags.ts";
import { compileSources } from "./compiled-bootstrap.ts";
import { emulatedFunctions, type FunctionFlags } from "./emulated-functions.ts";
import { createLogPrinter } from "./log-output.ts";
import type { CommandContext } from "./main.ts";
import { baseImagesOf, cacheOption, type CommonOptions } from "./options.ts";
import { readEvent, readEventFolder } from "./read-event.ts";
import { UsageError } from "./usage-error.ts";

/** The options as commander reads them. */
export interface EmulateOptions extends CommonOptions, FunctionFlags {
  readonly dockerHost?: string;
  readonly event?: string;
  readonly events?: string;
  readonly restore?: true;
  /** False with --no-watch. */
  readonly watch: boolean;
  readonly passCredentials?: true;
  readonly port: number;
  readonly host: string;
}

/** Serves until it is aborted, or invokes what `--event` and `--events` ask for. */
export async function runEmulate(
  sources: readonly string[],
  options: EmulateOptions,
  context: CommandContext,
): Promise<void> {
  const { defaultFunctionName, startEmulator } = await import("../emulator/index.ts");
  const event = options.event === undefined ? undefined : await readEvent(options.event, context.signal);
  const events = options.events === undefined ? undefined : readEventFolder(options.events);
  const { service, named } = await emulatedFunctions(sources, options, {
    defaultName: defaultFunctionName,
    async enginePath(engine) {
      const { hostEngine } = await import("../builder/index.ts");
      return hostEngine(engine, { ...cacheOption(context.environment), signal: context.signal });
    },
  });
  const isOneShot = event !== undefined || events !== undefined;
  if (isOneShot && named.length > 1) {
    throw new UsageError(
      `--event${event === undefined ? "s" : ""} invokes one function; there are ${named.join(", ")}`,
      "Name the one: emulate <source or name> --event …",
    );
  }
  const snapshots = options.restore === true ? withSnapshots(service.functions) : [];
  const onNotice = (message: string): void => void (options.quiet !== true && process.stderr.write(`${message}\n`));
  const watch = options.watch && !isOneShot;
  const compiled = await compileSources(service.functions, {
    watch,
    environment: context.environment,
    signal: context.signal,
    onOutput: (chunk) => options.quiet !== true && process.stderr.write(chunk),
    onNotice,
  });
  try {
    const emulator = await startEmulator({
      ...service,
      functions: isOneShot ? withoutSchedules(compiled.functions) : compiled.functions,
      host: options.host,
      port: isOneShot ? 0 : options.port,
      watch,
      ...(options.passCredentials === true ? { credentials: readCredentials(context.environment) } : {}),
      docker: {
        ...(options.dockerHost === undefined ? {} : { host: options.dockerHost }),
        baseImages: baseImagesOf(options),
        environment: context.environment,
      },
      // Without a listener the emulator makes no lines.
      ...(options.quiet === true ? {} : { onLog: createLogPrinter(Object.keys(service.functions)) }),
      onNotice,
      signal: context.signal,
    });
    const [name = ""] = named;
    for (const each of snapshots) emulator.restore(each);
    try {
      if (event !== undefined) await invokeOnce(emulator, name, event, options, context);
      else if (events === undefined) await serve(emulator, service.api, options, context);
      else await replay(emulator, name, events, options, context);
    } finally {
      await emulator.close();
    }
  } finally {
    await compiled.close();
  }
}

/** The names of the functions that `--restore` is for. */
function withSnapshots(functions: EmulatorOptions["functions"]): readonly string[] {
  const names = Object.keys(functions).filter((name) => functions[name]?.snapStart === true);
  if (names.length > 0) return names;
  throw new UsageError("--restore finds no function with a snapshot", "Make one with --snap-start");
}

/** Who asks for one invocation gets no other. */
function withoutSchedules(functions: EmulatorOptions["functions"]): EmulatorOptions["functions"] {
  return Object.fromEntries(Object.entries(functions).map(([name, each]) => [name, { ...each, schedules: [] }]));
}

async function serve(
  emulator: Emulator,
  api: EmulatorOptions["api"],
  options: EmulateOptions,
  { signal }: CommandContext,
): Promise<void> {
  const { url, functionNames } = emulator;
  if (options.json === true) {
    const functionUrls = Object.fromEntries(functionNames.map((name) => [name, emulator.functionUrl(name)]));
    process.stdout.write(`${JSON.stringify({ endpoint: url, functions: functionNames, functionUrls })}\n`);
  } else {
    if (options.quiet !== true) {
      process.stderr.write(
        `Lambda is listening on ${url} with ${functionNames.join(", ")}. Ctrl-C ends it.\n` +
          `Function URL${functionNames.length > 1 ? "s" : ""}: ${functionNames.map((name) => emulator.functionUrl(name)).join(" ")}\n` +
          (api === undefined ? "" : `${describeApi(api)}\n`) +
          `For the AWS SDKs and the aws CLI:\n`,
      );
    }
    process.stdout.write(`export AWS_ENDPOINT_URL_LAMBDA=${url}\n`);
  }
  await untilAborted(signal);
}

async function invokeOnce(
  emulator: Emulator,
  name: string,
  event: Buffer,
  options: EmulateOptions,
  context: CommandContext,
): Promise<void> {
  const result = await invoke(emulator, name, event, context);
  process.stdout.write(`${options.json === true ? JSON.stringify(describe(result)) : result.payloadText}\n`);
}

/** One event after the other, as they were recorded. */
async function replay(
  emulator: Emulator,
  name: string,
  events: ReturnType<typeof readEventFolder>,
  options: EmulateOptions,
  context: CommandContext,
): Promise<void> {
  const results: object[] = [];
  for (const { name: file, event } of events) {
    if (options.quiet !== true) process.stderr.write(`${file}\n`);
    // oxlint-disable-next-line no-await-in-loop -- in their order
    const result = await invoke(emulator, name, event, context);
    results.push({ event: file, ...describe(result) });
    if (options.json !== true) process.stdout.write(`${result.payloadText}\n`);
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify({ results })}\n`);
}

async function invoke(
  emulator: Emulator,
  name: string,
  event: Buffer,
  context: CommandContext,
): Promise<EmulatorInvokeResult> {
  const aborted = untilAborted(context.signal).then((): never => context.signal.throwIfAborted() as never);
  const result = await Promise.race([emulator.invoke(name, event), aborted]);
  if (result.functionError !== undefined) context.setExitCode(1);
  return result;
}

function describe({ functionError, payload }: EmulatorInvokeResult): object {
  return { functionError, payload };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function readCredentials(environment: CommandContext["environment"]): Credentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey, sessionToken };
  throw new UsageError(
    "--pass-credentials finds no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
    'eval "$(aws configure export-credentials --format env)" sets them from a profile',
  );
}
