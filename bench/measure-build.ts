/** Warm builds of `examples/hello`, step by step, as the report of the command tells them. */
import { findDaemon, type Daemon } from "../docker/index.ts";
import type { BuildResult } from "../builder/index.ts";
import { platforms } from "../images/platforms.ts";
import { benchFolder, inRepository } from "./bench-folder.ts";
import { platformOf } from "./build-hello.ts";
import { runChild } from "./child.ts";
import { printTable } from "./print-table.ts";
import { format, median } from "./statistics.ts";

const rounds = 3;

interface Subject {
  readonly engine: "bun" | "node";
  readonly site: "host" | "docker";
  readonly baseImage: readonly string[];
  readonly runs: { steps: BuildResult["report"]["steps"]; processMs: number }[];
}

/** Prints the table. */
export async function measureBuild(): Promise<void> {
  const daemon = await lookForDaemon();
  const subjects: Subject[] = [];
  const notes: string[] = [];
  for (const engine of ["bun", "node"] as const) {
    subjects.push({ engine, site: "host", baseImage: [], runs: [] });
    const baseImage = typeof daemon === "string" ? daemon : await findBaseImage(daemon, engine);
    if (typeof baseImage === "string") notes.push(`  ${platformOf[engine]} on docker: not measured, ${baseImage}`);
    else subjects.push({ engine, site: "docker", baseImage, runs: [] });
  }
  // The first round fills the caches and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const each of subjects) {
      const run = await build(each);
      if (round > 0) each.runs.push(run);
    }
  }
  const stepNames = subjects[0]?.runs[0]?.steps.map(({ step }) => step) ?? [];
  printTable(
    `build: ms per step of warm builds of examples/hello, median of ${rounds} (smoke-run and archive run side by side)`,
    ["", "site", ...stepNames, "whole process"],
    subjects.map(({ engine, site, runs }) => [
      `${platformOf[engine]} ${engine}`,
      site,
      ...stepNames.map((name) => format(median(runs.map(({ steps }) => durationOf(name, steps))))),
      format(median(runs.map(({ processMs }) => processMs))),
    ]),
  );
  for (const note of notes) console.log(note);
}

const durationOf = (name: string, steps: BuildResult["report"]["steps"]): number =>
  steps.find(({ step }) => step === name)?.durationMs ?? Number.NaN;

async function build({ engine, site, baseImage }: Subject): Promise<Subject["runs"][number]> {
  const { stdout, durationMs: processMs } = await runChild(
    [
      process.execPath,
      inRepository("dist/cli/build.js"),
      inRepository("examples/hello"),
      `--platform=${platformOf[engine]}`,
      `--site=${site}`,
      `--out-dir=${benchFolder.make("build")}`,
      "--json",
      "--quiet",
      ...baseImage,
    ],
    process.env,
  );
  const { builds } = JSON.parse(stdout) as { builds: [BuildResult] };
  return { steps: builds[0].report.steps, processMs };
}

/** The daemon, or why there is none. */
async function lookForDaemon(): Promise<Daemon | string> {
  try {
    return await findDaemon({ environment: process.env });
  } catch (error) {
    return (error as Error).message;
  }
}

/** Arguments that name the base image as the tests do (TEST_BASE_IMAGES), or why it is not there. Nothing is pulled. */
async function findBaseImage(daemon: Daemon, engine: Subject["engine"]): Promise<readonly string[] | string> {
  const { imageFolder, architecture, dockerArchitecture, dockerPlatform } = platforms[platformOf[engine]];
  const release = imageFolder.slice("al".length);
  const isStandIn = process.env["TEST_BASE_IMAGES"] !== "amazonlinux";
  const image = isStandIn
    ? `runtime-aws-lambda-test/amazonlinux:${release}-${architecture}`
    : `public.ecr.aws/amazonlinux/amazonlinux:${release}`;
  const there = await daemon.inspectImage(image, dockerPlatform);
  if (there?.dockerArchitecture !== dockerArchitecture) return `the image ${image} is not there`;
  return isStandIn ? ["--base-image", image] : [];
}
