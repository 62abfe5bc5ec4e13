/** `build`: argv → `build()` once per platform; progress to stderr, archives to stdout. */
import { Argument, Command, Option } from "commander";
import type { BuildOptions, BuildResult } from "../builder/index.ts";
import { formatReport } from "./build-report-output.ts";
import type { CommandContext } from "./main.ts";
import {
  addCommonOptions,
  cacheOption,
  collectPlatform,
  collectVariable,
  dockerOptions,
  type CommonOptions,
} from "./options.ts";
import { plannedBuilds, type BuildFlags } from "./planned-builds.ts";
import { reportBuilds } from "./reporter.ts";

interface BuildCommandOptions extends CommonOptions, BuildFlags {
  readonly site?: "docker" | "host";
  readonly smokeEvent?: string;
  readonly smokeEnv?: Readonly<Record<string, string>>;
  /** False with --no-smoke-run. */
  readonly smokeRun: boolean;
}

/** The command, ready to parse. */
export function createBuildCommand(context: CommandContext): Command {
  const command = new Command("build")
    .description("Build a project into a function.zip that is proven to start on its platform.")
    .addArgument(
      new Argument(
        "[project...]",
        "folder of a project, its handler module, or a function of lambda.config.ts " +
          "(default: all functions of that file, else this folder)",
      ),
    )
    .addOption(
      new Option("--platform <platform>", "al2-x86_64, al2-arm64, al2023-x86_64 or al2023-arm64; repeatable").argParser(
        collectPlatform,
      ),
    )
    .addOption(
      new Option("--site <site>", "where it is built (default: docker when a daemon answers)").choices([
        "docker",
        "host",
      ]),
    )
    .addOption(
      new Option("--engine <engine>", "JavaScript engine (default: bun for al2, node for al2023)").choices([
        "bun",
        "node",
      ]),
    )
    .option("--handler <export>", 'export of the handler module (default: "handler")')
    .option("--config <file>", "configuration file (default: lambda.config.ts, .js or .json in this folder)")
    .option("--out-dir <folder>", "folder for the archives (default: the project's)")
    .option("--smoke-event <json>", "event of the smoke run (default: {})")
    .option("--smoke-env <KEY=VALUE>", "variable that the function needs in the smoke run, repeatable", collectVariable)
    .option("--no-smoke-run", "do not start the bootstrap once it is built")
    .addHelpText(
      "after",
      `
Examples:
  build --platform al2023-arm64                                  the project in this folder
  build examples/hello --platform al2-x86_64 --site host         without Docker
  build --platform al2-arm64 --platform al2-x86_64 --json        function-al2-arm64.zip, function-al2-x86_64.zip
  build                                                          every function of lambda.config.ts`,
    );
  return addCommonOptions(command).action((projects: string[], options: BuildCommandOptions) =>
    buildAll(projects, options, context),
  );
}

async function buildAll(
  projects: readonly string[],
  options: BuildCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { json, quiet, verbose } = options;
  const planned = await plannedBuilds(projects, options);
  const { build } = await import("../builder/index.ts");
  const builds = planned.map(({ label, project, platform, engine, handler, outDir, fileName }) => {
    const buildOptions: BuildOptions = {
      project,
      platform,
      fileName,
      ...(options.site === undefined ? {} : { site: options.site }),
      ...(engine === undefined ? {} : { engine }),
      ...(handler === undefined ? {} : { handler }),
      ...(outDir === undefined ? {} : { outDir }),
      ...(options.smokeEvent === undefined ? {} : { smokeEvent: options.smokeEvent }),
      ...(options.smokeEnv === undefined ? {} : { smokeEnv: options.smokeEnv }),
      smokeRun: options.smokeRun,
      ...cacheOption(context.environment),
      docker: dockerOptions(options, context.environment),
      signal: context.signal,
    };
    return { label, run: (onEvent: NonNullable<BuildOptions["onEvent"]>) => build({ ...buildOptions, onEvent }) };
  });
  const mode = quiet === true ? "quiet" : verbose === true ? "verbose" : "normal";
  const results = await reportBuilds(builds, mode);
  if (mode !== "quiet") for (const result of results) process.stderr.write(formatReport(result));
  process.stdout.write(json === true ? toJson(results) : results.map(({ zipPath }) => `${zipPath}\n`).join(""));
}

function toJson(results: readonly BuildResult[]): string {
  return `${JSON.stringify({ builds: results })}\n`;
}
