/** `build`: argv → `build()` once per platform; progress to stderr, archives to stdout. */
import { Argument, Command, Option } from "commander";
import type { BuildOptions, BuildResult, EngineName } from "../builder/index.ts";
import { platformNames, type Platform } from "../images/platforms.ts";
import { formatReport } from "./build-report-output.ts";
import type { CommandContext } from "./main.ts";
import { addCommonOptions, collectPlatform, collectVariable, dockerOptions, type CommonOptions } from "./options.ts";
import { reportBuilds } from "./reporter.ts";
import { UsageError } from "./usage-error.ts";

interface BuildCommandOptions extends CommonOptions {
  readonly platform?: readonly Platform[];
  readonly site?: "docker" | "host";
  readonly engine?: EngineName;
  readonly handler?: string;
  readonly outDir?: string;
  readonly smokeEvent?: string;
  readonly smokeEnv?: Readonly<Record<string, string>>;
  /** False with --no-smoke-run. */
  readonly smokeRun: boolean;
}

/** The command, ready to parse. */
export function createBuildCommand(context: CommandContext): Command {
  const command = new Command("build")
    .description("Build a project into a function.zip that is proven to start on its platform.")
    .addArgument(new Argument("[project]", "folder of the project, or its handler module").default("."))
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
  build --platform al2-arm64 --platform al2-x86_64 --json        function-al2-arm64.zip, function-al2-x86_64.zip`,
    );
  return addCommonOptions(command).action((project: string, options: BuildCommandOptions) =>
    buildAll(project, options, context),
  );
}

async function buildAll(project: string, options: BuildCommandOptions, context: CommandContext): Promise<void> {
  const { platform: platforms, json, quiet, verbose } = options;
  // Not commander's own check: it would come before, and hide, the suggestion for a misspelt --platform.
  if (platforms === undefined)
    throw new UsageError("No --platform was given", `Platforms: ${platformNames.join(", ")}`);
  const { build } = await import("../builder/index.ts");
  const builds = platforms.map((platform) => {
    const buildOptions: BuildOptions = {
      project,
      platform,
      ...(options.site === undefined ? {} : { site: options.site }),
      ...(options.engine === undefined ? {} : { engine: options.engine }),
      ...(options.handler === undefined ? {} : { handler: options.handler }),
      ...(options.outDir === undefined ? {} : { outDir: options.outDir }),
      ...(options.smokeEvent === undefined ? {} : { smokeEvent: options.smokeEvent }),
      ...(options.smokeEnv === undefined ? {} : { smokeEnv: options.smokeEnv }),
      smokeRun: options.smokeRun,
      ...(platforms.length === 1 ? {} : { fileName: `function-${platform}.zip` }),
      ...cacheOption(context.environment),
      docker: dockerOptions(options, context.environment),
      signal: context.signal,
    };
    return { platform, run: (onEvent: NonNullable<BuildOptions["onEvent"]>) => build({ ...buildOptions, onEvent }) };
  });
  const mode = quiet === true ? "quiet" : verbose === true ? "verbose" : "normal";
  const results = await reportBuilds(builds, mode);
  if (mode !== "quiet") for (const result of results) process.stderr.write(formatReport(result));
  process.stdout.write(json === true ? toJson(results) : results.map(({ zipPath }) => `${zipPath}\n`).join(""));
}

function toJson(results: readonly BuildResult[]): string {
  return `${JSON.stringify({ builds: results })}\n`;
}

/** The folder for caches by the XDG Base Directory Specification. */
function cacheOption(environment: CommandContext["environment"]): { cacheFolder?: string } {
  const base = environment["XDG_CACHE_HOME"];
  return base === undefined || base === "" ? {} : { cacheFolder: `${base}/runtime-aws-lambda` };
}
