/** Builds of `examples/hello`, step by step, as the report of the command tells them: with one file changed, and with next to nothing kept. */
import { appendFileSync, cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { findDaemon, type Daemon } from "../docker/index.ts";
import type { BuildResult } from "../builder/index.ts";
import { platforms } from "../images/platforms.ts";
import { benchFolder, inRepository } from "./bench-folder.ts";
import { platformOf } from "./build-example.ts";
import { runChild } from "./child.ts";
import { printTable } from "./print-table.ts";
import { format, median } from "./statistics.ts";

const rounds = 3;

interface Run {
  readonly steps: BuildResult["report"]["steps"];
  readonly processMs: number;
  readonly peakMemoryBytes: number;
  readonly zippedBytes: number;
}

interface Subject {
  readonly engine: "bun" | "node";
  readonly site: "host" | "docker";
  /** `warm`: one file was changed since the build before. `cold`: all that is kept are the engines and the images. */
  readonly state: "warm" | "cold";
  readonly baseImage: readonly string[];
  readonly runs: Run[];
}

/** Prints the table. */
export async function measureBuild(): Promise<void> {
  const daemon = await lookForDaemon();
  const subjects: Subject[] = [];
  const notes: string[] = [];
  for (const engine of ["bun", "node"] as const) {
    const add = (site: Subject["site"], baseImage: readonly string[]): void => {
      for (const state of ["warm", "cold"] as const) subjects.push({ engine, site, state, baseImage, runs: [] });
    };
    add("host", []);
    // oxlint-disable-next-line no-await-in-loop -- two
    const baseImage = typeof daemon === "string" ? daemon : await findBaseImage(daemon, engine);
    if (typeof baseImage === "string") notes.push(`  ${platformOf[engine]} on docker: not measured, ${baseImage}`);
    else add("docker", baseImage);
  }
  const project = join(benchFolder.make("build-project"), "hello");
  cpSync(inRepository("examples/hello"), project, { recursive: true });
  // The first round fills the caches and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const each of subjects) {
      appendFileSync(join(project, "handler.ts"), `\n// changed ${round}\n`);
      // oxlint-disable-next-line no-await-in-loop -- side by side they would measure each other
      const run = await build(each, project);
      if (round > 0) each.runs.push(run);
    }
  }
  const stepNames = subjects[0]?.runs[0]?.steps.map(({ step }) => step) ?? [];
  printTable(
    `build: ms per step of examples/hello, median of ${rounds} (smoke-run and archive run side by side)`,
    ["", "site", "", ...stepNames, "whole process", "peak MB", "zip MB"],
    subjects.map(({ engine, site, state, runs }) => [
      `${platformOf[engine]} ${engine}`,
      site,
      state,
      ...stepNames.map((name) => format(median(runs.map(({ steps }) => durationOf(name, steps))))),
      format(median(runs.map(({ processMs }) => processMs))),
      format(Math.max(...runs.map(({ peakMemoryBytes }) => peakMemoryBytes)) / 1e6),
      ((runs[0]?.zippedBytes ?? 0) / 1e6).toFixed(1),
    ]),
  );
  for (const note of notes) console.log(note);
}

const durationOf = (name: string, steps: BuildResult["report"]["steps"]): number =>
  steps.find(({ step }) => step === name)?.durationMs ?? Number.NaN;

/** The command says at its end how much memory it had at most. */
const tellMemory =
  'data:text/javascript,import{writeSync}from"node:fs";' +
  'process.on("exit",()=>writeSync(1,`${process.resourceUsage().maxRSS}`))';

async function build({ engine, site, state, baseImage }: Subject, project: string): Promise<Run> {
  const { stdout, durationMs: processMs } = await runChild(
    [
      process.execPath,
      `--import=${tellMemory}`,
      inRepository("dist/cli/build.js"),
      project,
      `--platform=${platformOf[engine]}`,
      `--site=${site}`,
      `--out-dir=${benchFolder.make("build")}`,
      "--json",
      "--quiet",
      ...baseImage,
    ],
    state === "warm" ? process.env : { ...process.env, XDG_CACHE_HOME: makeColdCache() },
  );
  const [json = "", kilobytes] = stdout.split("\n");
  const { builds } = JSON.parse(json) as { builds: [BuildResult] };
  const [{ report, sizeBytes: zippedBytes }] = builds;
  return { steps: report.steps, processMs, peakMemoryBytes: Number(kilobytes) * 1024, zippedBytes };
}

/** The engines, and nothing else. */
function makeColdCache(): string {
  const folder = benchFolder.make("cold-cache");
  const cache = join(folder, "runtime-aws-lambda");
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache);
  const warm = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "runtime-aws-lambda/engines-v1");
  symlinkSync(warm, join(cache, "engines-v1"));
  return folder;
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
