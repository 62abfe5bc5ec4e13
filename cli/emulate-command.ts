/** `emulate`: argv → `startEmulator`; logs to stderr, results to stdout. */
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { Argument, Command } from "commander";
import type { Emulator, FunctionOptions, LogEvent } from "../emulator/index.ts";
import type { Platform } from "../images/platforms.ts";
import { printLog } from "./log-output.ts";
import type { CommandContext } from "./main.ts";
import {
  addCommonOptions,
  collectVariable,
  dockerOptions,
  parsePlatformOption,
  wholeNumber,
  type CommonOptions,
} from "./options.ts";
import { UsageError } from "./usage-error.ts";

interface EmulateOptions extends CommonOptions {
  readonly event?: string;
  readonly port: number;
  readonly host: string;
  readonly name?: string;
  readonly handler?: string;
  readonly timeout?: number;
  readonly memory?: number;
  readonly concurrency?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly region?: string;
  readonly account?: string;
}

/** The command, ready to parse. */
export function createEmulateCommand(context: CommandContext): Command {
  const command = new Command("emulate")
    .description("Run functions as AWS Lambda would, on this machine.")
    .addArgument(
      new Argument(
        "<source...>",
        "handler module, function.zip or executable bootstrap; name=source names the function",
      ),
    )
    .option("--event <event>", "invoke once with this JSON, JSON file, or - for stdin; print the response and end")
    .option("--port <number>", "port of the Lambda endpoint, 0 for any free one", wholeNumber(0, 65_535), 9000)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--name <name>", "name of the function, when there is one")
    .option("--handler <export>", 'export of a handler module (default: "handler"); else the value of _HANDLER')
    .option("--timeout <seconds>", "timeout of an invocation (default: 3)", wholeNumber(1, 900))
    .option("--memory <MiB>", "memory size (default: 128)", wholeNumber(128, 10_240))
    .option("--concurrency <number>", "execution environments per function (default: 10)", wholeNumber(1, 1000))
    .option("--env <KEY=VALUE>", "environment variable of the functions, repeatable", collectVariable)
    .option("--platform <platform>", "run in a container of this platform", parsePlatformOption)
    .option("--region <region>", "region in ARNs and variables (default: us-east-1)")
    .option("--account <id>", "account in ARNs (default: 000000000000)")
    .addHelpText(
      "after",
      `
Examples:
  emulate ./handler.ts                                 an endpoint for AWS SDKs and the aws CLI
  emulate function.zip --event '{"name":"Ada"}'        one invocation
  emulate api=./api.ts worker=./worker --port 0        two functions, any free port`,
    );
  return addCommonOptions(command).action((sources: string[], options: EmulateOptions) =>
    emulate(sources, options, context),
  );
}

async function emulate(sources: readonly string[], options: EmulateOptions, context: CommandContext): Promise<void> {
  const { defaultFunctionName, startEmulator } = await import("../emulator/index.ts");
  const event = options.event === undefined ? undefined : await readEvent(options.event, context.signal);
  const functions = nameFunctions(sources, options, defaultFunctionName);
  const names = Object.keys(functions);
  if (event !== undefined && names.length > 1) throw new UsageError("--event invokes one function; more were given");
  const showName = names.length > 1;
  const emulator = await startEmulator({
    functions,
    host: options.host,
    port: event === undefined ? options.port : 0,
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.account === undefined ? {} : { accountId: options.account }),
    docker: dockerOptions(options, context.environment),
    // Without a listener the emulator makes no lines.
    ...(options.quiet === true ? {} : { onLog: (line: LogEvent) => printLog(line, { showName }) }),
    onNotice: (message) => options.quiet !== true && process.stderr.write(`${message}\n`),
    signal: context.signal,
  });
  try {
    if (event === undefined) await serve(emulator, options, context);
    else await invokeOnce(emulator, names[0] ?? "", event, options, context);
  } finally {
    await emulator.close();
  }
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
  const aborted = untilAborted(context.signal).then((): never => context.signal.throwIfAborted() as never);
  const result = await Promise.race([emulator.invoke(name, event), aborted]);
  const { functionError, payload, payloadText } = result;
  const output = options.json === true ? JSON.stringify({ functionError, payload }) : payloadText;
  process.stdout.write(`${output}\n`);
  if (functionError !== undefined) context.setExitCode(1);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function nameFunctions(
  sources: readonly string[],
  options: EmulateOptions,
  defaultName: (source: string) => string,
): Record<string, FunctionOptions> {
  const functions: Record<string, FunctionOptions> = {};
  if (options.name !== undefined && sources.length > 1) {
    throw new UsageError("--name names one function; with several write name=source");
  }
  for (const each of sources) {
    const [, givenName, source = each] = /^([a-zA-Z0-9-_]+)=(.+)$/s.exec(each) ?? [];
    const name = options.name ?? givenName ?? defaultName(source);
    if (Object.hasOwn(functions, name)) {
      throw new UsageError(`Two functions would be named "${name}"`, "Name them: first=./a.ts second=./b.ts");
    }
    functions[name] = {
      source,
      ...(options.handler === undefined ? {} : { handler: options.handler }),
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 }),
      ...(options.memory === undefined ? {} : { memoryMib: options.memory }),
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      ...(options.env === undefined ? {} : { environment: options.env }),
      ...(options.platform === undefined ? {} : { platform: options.platform }),
    };
  }
  return functions;
}

/** JSON itself, a file that holds it, or stdin; checked, and otherwise left as it is. */
async function readEvent(value: string, signal: AbortSignal): Promise<Buffer> {
  if (value === "-") return checkEvent(await readStdin(signal), "The event on stdin");
  if (/^\s*([[{"]|-?\d|true$|false$|null$)/.test(value)) return checkEvent(value, "The value of --event");
  let json: string;
  try {
    json = readFileSync(value, "utf8");
  } catch (error) {
    throw new UsageError(`--event is neither JSON nor a file that can be read: ${(error as Error).message}`);
  }
  return checkEvent(json, value);
}

const closeStdin = (): void => void process.stdin.destroy();

async function readStdin(signal: AbortSignal): Promise<string> {
  signal.addEventListener("abort", closeStdin);
  try {
    return await text(process.stdin);
  } finally {
    signal.removeEventListener("abort", closeStdin);
    signal.throwIfAborted();
  }
}

function checkEvent(json: string, where: string): Buffer {
  try {
    JSON.parse(json);
  } catch (error) {
    throw new UsageError(`${where} is not valid JSON: ${(error as Error).message}`);
  }
  return Buffer.from(json);
}
