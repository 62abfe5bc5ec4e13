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
  rows.push(await onHost(copyProject("host-profile"), "the same with the profile of build, cold", profile));
  for (const [platform, how] of [
    ["al2-x86_64", "natively"],
    ["al2-arm64", "across"],
  ] as const) {
    const project = copyProject(platform);
    rows.push({ name: `build ${platform} ${how}, cold`, ...(await build(project, platform, options)) });
    touch(project);
    rows.push({ name: "the same, one file changed", ...(await build(project, platform, options)) });
  }
  rows.push(...(await inImage(options)));
  const reference = rows.find(({ name }) => name === sameProfile) ?? rows[0];
  printTable(
    "toolchains: ms for examples/rust, each once; the ratio is of whole processes",
    ["", "compile", "whole process", "ratio"],
    rows.map(({ name, compileMs, processMs }) => [
      name,
      format(compileMs),
      format(processMs),
      `${(processMs / (reference?.processMs ?? Number.NaN)).toFixed(2)} ×`,
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

/** What the builder adds to what the project's Cargo.toml says. */
const profile = { CARGO_PROFILE_RELEASE_STRIP: "symbols", CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "1" } as const;

async function onHost(project: string, name: string, environment: NodeJS.ProcessEnv = {}): Promise<Row> {
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
  const { durationMs } = await runChild([...command], { ...process.env, ...environment });
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

/** What `build` is given by `--ca`, cargo-lambda's container needs as well. */
function certificatesOf(buildFlags: readonly string[]): string | undefined {
  const at = buildFlags.indexOf("--ca");
  return at < 0 ? undefined : buildFlags[at + 1];
}

const sameProfile = "cargo in the same image, with the profile of build, cold";

/** What cargo itself, and cargo-lambda, take in the image in which `build` compiles. */
async function inImage({ cargoLambda, cargoLambdaImage: image, buildFlags }: ToolchainsOptions): Promise<Row[]> {
  if (image === undefined) return [];
  const certificates = certificatesOf(buildFlags);
  const volumes = ["-v", "runtime-aws-lambda-cargo:/cargo"];
  if (certificates !== undefined) volumes.push("-v", `${certificates}:/ca.crt:ro`, "-e", "CARGO_HTTP_CAINFO=/ca.crt");
  if (cargoLambda !== undefined) volumes.push("-v", `${cargoLambda}:/usr/local/bin/cargo-lambda:ro`);
  const measure = async (name: string, project: string, command: string): Promise<Row> => {
    const script =
      "export PATH=/opt/zig/ziglang:$PATH ZIG_GLOBAL_CACHE_DIR=/opt/zig/cache CARGO_HOME=/cargo; cd /src; " +
      `cargo fetch --quiet; date +%s%N; ${command}; date +%s%N`;
    const run = ["docker", "run", "--rm", "-v", `${project}:/src`, ...volumes, image, "sh", "-ec", script] as const;
    const { stdout } = await runChild([...run], process.env);
    const [begin = 0, end = 0] = stdout.trim().split("\n").map(Number);
    const durationMs = (end - begin) / 1e6;
    return { name, compileMs: durationMs, processMs: durationMs };
  };
  const variables = Object.entries(profile).map((each) => each.join("="));
  const plain = `${variables.join(" ")} cargo build --release --quiet --locked`;
  const project = copyProject("cargo");
  const rows = [await measure(sameProfile, project, plain)];
  touch(project);
  rows.push(await measure("the same, one file changed", project, plain));
  for (const architecture of cargoLambda === undefined ? [] : ["x86-64", "arm64"]) {
    const command = `cargo lambda build --release --${architecture} --quiet`;
    // oxlint-disable-next-line no-await-in-loop -- side by side they would disturb each other
    rows.push(await measure(`${command}, cold`, copyProject(`lambda-${architecture}`), command));
  }
  return rows;
}
