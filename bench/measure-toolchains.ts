/**
 * `examples/rust`, compiled in containers: natively, across, and again after a change, beside cargo on this machine and,
 * where it is given, cargo-lambda in a container with the same Rust.
 */
import { appendFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import type { BuildResult } from "../builder/index.ts";
import { benchFolder, inRepository } from "./bench-folder.ts";
import { runChild } from "./child.ts";
import { printTable } from "./print-table.ts";
import { format } from "./statistics.ts";

export interface ToolchainsOptions {
  /** More flags of `build`: base images and certificates. */
  readonly buildFlags: readonly string[];
  /** Executable of cargo-lambda, and an image that has cargo, both standard libraries and zig. */
  readonly cargoLambda: string | undefined;
  readonly cargoLambdaImage: string | undefined;
}

interface Row {
  readonly name: string;
  readonly compileMs: number;
  readonly processMs: number;
}

/** Prints the table. Crates are downloaded before; the folder of compiled ones is empty where it says cold. */
export async function measureToolchains(options: ToolchainsOptions): Promise<void> {
  await build(copyProject("first"), "al2-x86_64", options);
  await build(copyProject("first-arm64"), "al2-arm64", options);
  const rows: Row[] = [];
  const host = copyProject("host");
  rows.push(await onHost(host, "cargo build --release on this machine, cold"));
  touch(host);
  rows.push(await onHost(host, "the same, one file changed"));
  for (const [platform, how] of [
    ["al2-x86_64", "natively"],
    ["al2-arm64", "across"],
  ] as const) {
    const project = copyProject(platform);
    rows.push({ name: `build ${platform} ${how}, cold`, ...(await build(project, platform, options)) });
    touch(project);
    rows.push({ name: "the same, one file changed", ...(await build(project, platform, options)) });
  }
  const { cargoLambda, cargoLambdaImage } = options;
  if (cargoLambda !== undefined && cargoLambdaImage !== undefined) {
    for (const architecture of ["x86-64", "arm64"]) {
      rows.push(
        await withCargoLambda(copyProject(`lambda-${architecture}`), architecture, cargoLambda, cargoLambdaImage),
      );
    }
  }
  const [{ processMs: reference } = { processMs: Number.NaN }] = rows;
  printTable(
    "toolchains: ms for examples/rust, each once; the ratio is of whole processes",
    ["", "compile", "whole process", "ratio"],
    rows.map(({ name, compileMs, processMs }) => [
      name,
      format(compileMs),
      format(processMs),
      `${(processMs / reference).toFixed(2)} ×`,
    ]),
  );
}

function copyProject(name: string): string {
  const folder = join(benchFolder.make("toolchains"), name);
  cpSync(inRepository("examples/rust"), folder, {
    recursive: true,
    filter: (source) => !source.endsWith("/target"),
  });
  return folder;
}

function touch(project: string): void {
  appendFileSync(join(project, "src/main.rs"), "\n// changed\n");
}

async function onHost(project: string, name: string): Promise<Row> {
  const manifest = join(project, "Cargo.toml");
  const target = join(project, "target");
  const command = [
    "cargo",
    "build",
    "--release",
    "--quiet",
    "--locked",
    "--manifest-path",
    manifest,
    "--target-dir",
    target,
  ] as const;
  const { durationMs } = await runChild([...command], process.env);
  return { name, compileMs: durationMs, processMs: durationMs };
}

async function build(project: string, platform: string, { buildFlags }: ToolchainsOptions): Promise<Omit<Row, "name">> {
  const { stdout, durationMs: processMs } = await runChild(
    [
      process.execPath,
      inRepository("dist/cli/build.js"),
      project,
      `--platform=${platform}`,
      "--site=docker",
      "--json",
      "--quiet",
      ...buildFlags,
    ],
    process.env,
  );
  const { builds } = JSON.parse(stdout) as { builds: [BuildResult] };
  const compileMs = builds[0].report.steps.find(({ step }) => step === "compile")?.durationMs ?? Number.NaN;
  return { compileMs, processMs };
}

async function withCargoLambda(project: string, architecture: string, executable: string, image: string): Promise<Row> {
  const script =
    "export PATH=/opt/zig/ziglang:$PATH ZIG_GLOBAL_CACHE_DIR=/opt/zig/cache CARGO_HOME=/cargo; cd /src; " +
    `cargo fetch --quiet; date +%s%N; cargo lambda build --release --${architecture} --quiet; date +%s%N`;
  const volumes = [
    "-v",
    `${executable}:/usr/local/bin/cargo-lambda:ro`,
    "-v",
    `${project}:/src`,
    "-v",
    "runtime-aws-lambda-cargo:/cargo",
  ];
  const { stdout } = await runChild(["docker", "run", "--rm", ...volumes, image, "sh", "-ec", script], process.env);
  const [begin = 0, end = 0] = stdout.trim().split("\n").map(Number);
  const durationMs = (end - begin) / 1e6;
  return { name: `cargo lambda build --release --${architecture}, cold`, compileMs: durationMs, processMs: durationMs };
}
