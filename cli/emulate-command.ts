/** `emulate`: its arguments and options. What it does is in `run-emulate.ts`. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { apiTypes } from "./api-flags.ts";
import type { CommandContext } from "./main.ts";
import {
  addCommonOptions,
  collectText,
  collectVariable,
  matching,
  parsePlatformOption,
  wholeNumber,
} from "./options.ts";
import { runEmulate, type EmulateOptions } from "./run-emulate.ts";

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
    .option(
      "--max-concurrency <number>",
      "events that one environment works on at the same time (Managed Instances)",
      wholeNumber(1, 1600),
    )
    .option("--warm <number>", "environments started at once and kept (provisioned concurrency)", wholeNumber(0, 1000))
    .option(
      "--idle-timeout <seconds>",
      "end an environment after so long without work (default: 600)",
      wholeNumber(1, 86_400),
    )
    .option("--snap-start", "initialize at once, up to a snapshot that the first invocation restores")
    .option("--restore", "restore snapshots as soon as they are made, without an invocation")
    .option("--stream-pacing", "stream responses as slowly as Lambda: 6 MB at once, then 2 MB per second")
    .addOption(
      new Option(
        "--invoke-mode <mode>",
        "buffered or response-stream: how function URLs answer (default: buffered)",
      ).argParser(parseInvokeMode),
    )
    .option("--cors-origin <origin>", "origin that function URLs let call them, * for all; repeatable", collectText)
    .addOption(
      new Option("--api <type>", "lead the paths of this endpoint to functions, as such an API does").choices(apiTypes),
    )
    .option(
      "--route <route>",
      'path of the API and its function, such as "GET /pets/{id}=pets"; repeatable (default: every path)',
      collectText,
    )
    .option("--stage <name>", "stage of the API, in its events")
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
      new Option("--engine <engine>", "run a handler module on the engine it is built with").choices([
        "bun",
        "node",
        "native",
      ]),
    )
    .addOption(
      new Option("--inspect [port]", "let a debugger connect (default port: 9229); nothing is timed out").argParser(
        wholeNumber(0, 65_535),
      ),
    )
    .option("--platform <platform>", "run in a container of this platform", parsePlatformOption)
    .option(
      "--region <region>",
      "region in ARNs and variables (default: us-east-1)",
      matching(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as us-east-1"),
    )
    .option("--account <id>", "account in ARNs (default: 000000000000)", matching(/^\d{12}$/, "twelve digits"))
    .option("--xray <host:port>", "trace invocations, and send their segments to this X-Ray daemon by UDP")
    .option("--availability-zone-id <id>", "what the metadata endpoint answers, such as use1-az1 (default: nothing)")
    .addHelpText(
      "after",
      `
Examples:
  emulate ./handler.ts                                 an endpoint for AWS SDKs and the aws CLI
  emulate function.zip --event '{"name":"Ada"}'        one invocation
  emulate ./handler.ts --event apigateway-v2           one invocation, with a sample event of that name
  emulate api=./api.ts worker=./worker --port 0        two functions, any free port
  emulate ./pets.ts --api http-api                     http://127.0.0.1:9000/… leads to the function
  emulate ./handler.ts --rate "5 minutes"              invoked every five minutes, as EventBridge does
  emulate                                              the functions of lambda.config.ts`,
    );
  command.option("--docker-host <address>", "Docker daemon to use, instead of looking for one as docker does");
  return addCommonOptions(command).action((sources: string[], options: EmulateOptions) =>
    runEmulate(sources, options, context),
  );
}

/** As Lambda's FunctionUrlConfig spells it. */
function parseInvokeMode(value: string): "BUFFERED" | "RESPONSE_STREAM" {
  const mode = value.toUpperCase().replace("-", "_");
  if (mode === "BUFFERED" || mode === "RESPONSE_STREAM") return mode;
  throw new InvalidArgumentError("Modes are buffered and response-stream.");
}

/** As Lambda's LoggingConfig spells it. */
function parseLogFormat(value: string): "Text" | "JSON" {
  if (value === "text") return "Text";
  if (value === "json") return "JSON";
  throw new InvalidArgumentError("Formats are text and json.");
}
