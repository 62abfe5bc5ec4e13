/** `build`: argv → `build()` once per platform; progress to stderr, archives to stdout. */
import { Argument, Command } from "commander";
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import type { BuildOptions, Explanation } from "../builder/index.ts";
import { addBuildOptions, commonBuildOptions, type BuildCommandOptions } from "./build-options.ts";
import { formatAlternative, formatReports } from "./build-report-output.ts";
import type { CommandContext } from "./main.ts";
import { formatExplanation } from "./explanation-output.ts";
import { addCommonOptions, cacheOption } from "./options.ts";
import { formatSnippet, type SnippetName } from "./snippets.ts";
import { plannedBuilds, type PlannedBuild } from "./planned-builds.ts";
import { errorAsJson, printError } from "./print-error.ts";
import { reportBuilds, type BuildOutcome } from "./reporter.ts";
import { UsageError } from "./usage-error.ts";

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
    );
  addBuildOptions(command).addHelpText(
    "after",
    `
Examples:
  build --platform al2023-arm64                                  the project in this folder
  build examples/hello --platform al2-x86_64 --site host         without Docker
  build --platform al2-arm64 --platform al2-x86_64 --json        function-al2-arm64.zip, function-al2-x86_64.zip
  build                                                          every function of lambda.config.ts`,
  );
  return addCommonOptions(command).action((projects: string[], options: BuildCommandOptions) =>
    buildProjects(projects, options, context),
  );
}

async function buildProjects(
  projects: readonly string[],
  options: BuildCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { json, quiet, verbose, snippet } = options;
  if (options.clearCache === true) return clearCaches(options, context);
  if (snippet !== undefined && options.format === "executable") {
    throw new UsageError("--snippet deploys archives, and --format executable makes none", "Leave out one of them");
  }
  const planned = await plannedBuilds(projects, options);
  const { buildAll, explain } = await import("../builder/index.ts");
  const common = commonBuildOptions(options, context);
  const builds = planned.map(({ label, project, platform, engine, handler, build, outDir, fileName }) => {
    const buildOptions: BuildOptions = {
      project,
      platform,
      fileName,
      ...builtAs(build),
      ...common,
      ...(engine === undefined ? {} : { engine }),
      ...(handler === undefined ? {} : { handler }),
      ...(outDir === undefined ? {} : { outDir }),
    };
    const run = (onEvent: NonNullable<BuildOptions["onEvent"]>) => buildAll({ ...buildOptions, onEvent });
    return { label, run, buildOptions };
  });
  if (options.explain === true) {
    const work = builds.map(({ buildOptions }) => explain(buildOptions));
    return printExplanations(planned, await Promise.allSettled(work), { json: json === true }, context);
  }
  const mode = quiet === true ? "quiet" : verbose === true ? "verbose" : "normal";
  const outcomes = await reportBuilds(builds, {
    mode,
    jobs: Math.min(options.jobs ?? defaultJobs(), builds.length),
    signal: context.signal,
  });
  const failures = outcomes.filter(({ error }) => error !== undefined);
  const [failure] = failures;
  if (failure !== undefined && (builds.length === 1 || context.signal.aborted)) throw failure.error;
  const results = outcomes.flatMap((each) => each.results);
  if (mode !== "quiet") for (const each of outcomes) process.stderr.write(formatReports(each, builds.length > 1));
  for (const { label, error } of failures) printError(error, { json: false, label });
  const paths = results.map(({ zipPath }) => `${zipPath}\n`).join("");
  const text = snippet === undefined ? undefined : snippetOf(snippet, planned, outcomes);
  const failed = failuresAsJson(planned, outcomes);
  process.stdout.write(json === true ? toJson({ builds: results, failures: failed, snippet: text }) : (text ?? paths));
  if (mode !== "quiet" && json !== true) process.stderr.write(formatAlternative(outcomes));
  if (failures.length > 0) {
    process.stderr.write(`${failures.length} of ${builds.length} builds failed.\n`);
    context.setExitCode(1);
  }
}

/** The file's words for how a function is built, as the builder's options. */
function builtAs({ include, ...others }: NonNullable<PlannedBuild["build"]> = {}): Partial<BuildOptions> {
  if (include === undefined) return others;
  return { ...others, include: Object.entries(include).map(([name, path]) => `${name}:${path}`) };
}

/** One that cannot be explained could not be built either; it does not lose the others. */
function printExplanations(
  planned: readonly PlannedBuild[],
  settled: readonly PromiseSettledResult<Explanation>[],
  { json }: { readonly json: boolean },
  context: CommandContext,
): void {
  const outcomes = settled.map((each) => ({
    error: each.status === "rejected" ? (each.reason as unknown) : undefined,
  }));
  const failures = outcomes.filter(({ error }) => error !== undefined);
  if (failures.length > 0 && (planned.length === 1 || context.signal.aborted)) throw failures[0]?.error;
  const explanations = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  process.stdout.write(
    json
      ? `${JSON.stringify({ explanations, failures: failuresAsJson(planned, outcomes) })}\n`
      : explanations.map((each) => formatExplanation(each)).join("\n"),
  );
  for (const [index, { label }] of planned.entries()) {
    const error = outcomes[index]?.error;
    if (error !== undefined) printError(error, { json: false, label });
  }
  if (failures.length > 0) context.setExitCode(1);
}

async function clearCaches({ dockerHost, json }: BuildCommandOptions, context: CommandContext): Promise<void> {
  const { clearCache } = await import("../builder/index.ts");
  const { environment, signal } = context;
  const hosts = dockerHost === undefined ? {} : { dockerHosts: dockerHost };
  const cleared = await clearCache({ ...cacheOption(environment), ...hosts, environment, signal });
  if (json === true) return void process.stdout.write(`${JSON.stringify({ cleared })}\n`);
  for (const { kind, name, sizeBytes, isRemoved } of cleared) {
    process.stdout.write(`${megabytes(sizeBytes)}  ${kind.padEnd(6)}  ${name}${isRemoved ? "" : " (in use, left)"}\n`);
  }
  const removed = cleared.filter((each) => each.isRemoved).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  process.stdout.write(`${megabytes(removed)}  removed\n`);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1).padStart(8)} MB`;

/** More than a few would only wait for memory and disk. */
function defaultJobs(): number {
  return Math.min(availableParallelism(), 4);
}

/** Which build of which platform failed, and why. */
function failuresAsJson(
  planned: readonly PlannedBuild[],
  outcomes: readonly { readonly error: unknown }[],
): readonly object[] {
  return planned.flatMap(({ label, platform, project }, index) => {
    const error = outcomes[index]?.error;
    return error === undefined ? [] : [{ label, platform, project, ...errorAsJson(error) }];
  });
}

function toJson(document: object): string {
  return `${JSON.stringify(document)}\n`;
}

/** What deploys the archives, by paths that hold in the working folder. */
function snippetOf(name: SnippetName, planned: readonly PlannedBuild[], outcomes: readonly BuildOutcome[]): string {
  const functions = outcomes.flatMap(({ results }, index) =>
    results.map((result) => {
      const path = relative("", result.zipPath);
      return {
        name: result.name ?? planned[index]?.functionName ?? "function",
        platform: result.platform,
        zipPath: path.startsWith("..") ? result.zipPath : path,
        zippedBytes: result.sizeBytes,
      };
    }),
  );
  return formatSnippet(name, functions);
}
