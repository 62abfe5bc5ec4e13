/** `emulate`: argv → `startEmulator`; logs to stderr, results to stdout. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import type { Credentials, Emulator, EmulatorInvokeResult, EmulatorOptions } from "../emulator/index.ts";
import { compileSources } from "./compiled-bootstrap.ts";
import { emulatedFunctions, type FunctionFlags } from "./emulated-functions.ts";
import { createLogPrinter } from "./log-output.ts";
import type { CommandContext } from "./main.ts";
import {
  addCommonOptions,
  cacheOption,
  collectText,
  collectVariable,
  baseImagesOf,
  parsePlatformOption,
  wholeNumber,
  type CommonOptions,
} from "./options.ts";
import { readEvent, readEventFolder } from "./read-event.ts";
import { UsageError } from "./usage-error.ts";

interface EmulateOptions extends CommonOptions, FunctionFlags {
  readonly dockerHost?: string;
  readonly event?: string;
  readonly events?: string;
  /** False with --no-watch. */
  readonly watch: boolean;
  readonly passCredentials?: true;
  readonly port: number;
  readonly host: string;
}

/** The command, ready to parse. */
export function createEmulateCommand(context: CommandContext): Command {
  const command = new Command("emulate")
    .description("Run functions as AWS Lambda would, on this machine.")
    .addArgument(
      new Argument(
        "[source...]",
        "handler module, folder, function.zip or executable bootstrap; name=source names the function " +
          "(default: the functions of lambda.config.ts)",
      ),
    )
    .option(
      "--event <event>",
      "invoke once with this JSON, JSON file, - for stdin, or a sample such as sqs; print the response and end",
    )
    .addOption(
      new Option(
        "--events <folder>",
        "invoke once with every .json file of a folder; print a response a line",
      ).conflicts("event"),
    )
    .option("--config <file>", "configuration file (default: lambda.config.ts, .js or .json in this folder)")
    .option("--no-watch", "do not reload functions whose source has changed")
    .option("--port <number>", "port of the Lambda endpoint, 0 for any free one", wholeNumber(0, 65_535), 9000)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--name <name>", "name of the function, when there is one")
    .option("--handler <export>", 'export of a handler module (default: "handler"); else the value of _HANDLER')
    .option("--timeout <seconds>", "timeout of an invocation (default: 3)", wholeNumber(1, 900))
    .option("--memory <MiB>", "memory size (default: 128)", wholeNumber(128, 10_240))
    .option("--concurrency <number>", "execution environments per function (default: 10)", wholeNumber(0, 1000))
    .option("--warm <number>", "environments started at once and kept (provisioned concurrency)", wholeNumber(0, 1000))
    .option(
      "--idle-timeout <seconds>",
      "end an environment after so long without work (default: 600)",
      wholeNumber(1, 86_400),
    )
    .option("--snap-start", "initialize at once, up to a snapshot that the first invocation restores")
    .option("--stream-pacing", "stream responses as slowly as Lambda: 6 MB at once, then 2 MB per second")
    .option("--layer <folder or zip>", "layer of the functions, repeatable", collectText)
    .addOption(
      new Option("--rate <rate>", 'invoke the functions at this rate, such as "5 minutes"; repeatable')
        .argParser(collectText)
        .conflicts(["event", "events"]),
    )
    .addOption(
      new Option("--cron <expression>", 'invoke them at these times (UTC), such as "0 10 * * ? *"; repeatable')
        .argParser(collectText)
        .conflicts(["event", "events"]),
    )
    .option("--env <KEY=VALUE>", "environment variable of the functions, repeatable", collectVariable)
    .option("--env-file <file>", "file of KEY=VALUE lines, repeatable; --env overrides it", collectText)
    .option("--pass-credentials", "give the functions the AWS credentials of your own environment variables")
    .addOption(
      new Option("--log-format <format>", "text or json: how platform and runtime log (default: text)").argParser(
        parseLogFormat,
      ),
    )
    .addOption(
      new Option("--engine <engine>", "run a handler module on the engine it is built with").choices(["bun", "node"]),
    )
    .addOption(
      new Option("--inspect [port]", "let a debugger connect (default port: 9229); nothing is timed out").argParser(
        wholeNumber(0, 65_535),
      ),
    )
    .option("--platform <platform>", "run in a container of this platform", parsePlatformOption)
    .option("--region <region>", "region in ARNs and variables (default: us-east-1)")
    .option("--account <id>", "account in ARNs (default: 000000000000)")
    .addHelpText(
      "after",
      `
Examples:
  emulate ./handler.ts                                 an endpoint for AWS SDKs and the aws CLI
  emulate function.zip --event '{"name":"Ada"}'        one invocation
  emulate ./handler.ts --event apigateway-v2           one invocation, with a sample event of that name
  emulate api=./api.ts worker=./worker --port 0        two functions, any free port
  emulate ./handler.ts --rate "5 minutes"              invoked every five minutes, as EventBridge does
  emulate                                              the functions of lambda.config.ts`,
    );
  command.option("--docker-host <address>", "Docker daemon to use, instead of looking for one as docker does");
  return addCommonOptions(command).action((sources: string[], options: EmulateOptions) =>
    emulate(sources, options, context),
  );
}

async function emulate(sources: readonly string[], options: EmulateOptions, context: CommandContext): Promise<void> {
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
    try {
      if (event !== undefined) await invokeOnce(emulator, name, event, options, context);
      else if (events === undefined) await serve(emulator, options, context);
      else await replay(emulator, name, events, options, context);
    } finally {
      await emulator.close();
    }
  } finally {
    await compiled.close();
  }
}

/** Who asks for one invocation gets no other. */
function withoutSchedules(functions: EmulatorOptions["functions"]): EmulatorOptions["functions"] {
  return Object.fromEntries(Object.entries(functions).map(([name, each]) => [name, { ...each, schedules: [] }]));
}

async function serve(emulator: Emulator, options: EmulateOptions, { signal }: CommandContext): Promise<void> {
  const { url, functionNames } = emulator;
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ endpoint: url, functions: functionNames })}\n`);
  } else {
    if (options.quiet !== true) {
      process.stderr.write(
        `Lambda is listening on ${url} with ${functionNames.join(", ")}. Ctrl-C ends it.\n` +
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

/** As Lambda's LoggingConfig spells it. */
function parseLogFormat(value: string): "Text" | "JSON" {
  if (value === "text") return "Text";
  if (value === "json") return "JSON";
  throw new InvalidArgumentError("Formats are text and json.");
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
