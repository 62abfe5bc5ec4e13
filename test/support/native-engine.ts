/** Runs functions on the native engine of this machine, which the first test that needs it compiles. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { nativeEngine } from "../../builder/engines/native.ts";
import { hostEngine } from "../../builder/index.ts";
import { hostSite } from "../../builder/sites/host.ts";
import { bundleFunction, type Bundle, type BundleOptions } from "../../bundle/index.ts";
import { platforms } from "../../images/platforms.ts";
import { event, startScriptedRuntimeApi, type ReceivedRequest } from "./scripted-runtime-api.ts";

/** Long enough for a machine that compiles it first. */
export const engineTimeoutMs = 600_000;

/** The engine: the one that NATIVE_ENGINE names, or one for this machine. */
export async function nativeEnginePath(): Promise<string> {
  return process.env["NATIVE_ENGINE"] ?? hostEngine("native");
}

/** What a run came to. */
export interface NativeRun {
  /** Number, or the signal that ended it. */
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a file of JavaScript. */
export async function runNative(file: string, environment: Readonly<Record<string, string>> = {}): Promise<NativeRun> {
  return runBootstrap([await nativeEnginePath(), file], environment);
}

/** Runs an executable. */
export async function runBootstrap(
  [program, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): Promise<NativeRun> {
  const child = spawn(program, args, {
    env: { PATH: "/usr/bin:/bin", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null, string | null]>,
  ]);
  return { exit: code ?? signal ?? "", stdout, stderr };
}

/** Bundles a program of this text for the engine, without a runtime, and runs it. */
export async function runProgram(
  folder: string,
  code: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<NativeRun> {
  const source = join(folder, "program.mjs");
  // Only what imports the runtime counts as a program.
  writeFileSync(source, `import "runtime-aws-lambda";\n${code}`);
  const bundle = await bundleFunction({ source, format: "native" });
  const file = join(folder, "bundle.mjs");
  writeFileSync(file, bundle.code);
  return runNative(file, environment);
}

/** An executable as the builder makes it, without an archive around it. */
export interface NativeBootstrap {
  readonly path: string;
  /** In its bundle. */
  readonly moduleCount: number;
}

/** Builds a function for this machine. */
export async function buildNativeBootstrap(source: string, folder: string, splits = true): Promise<NativeBootstrap> {
  const bundle = await bundleFunction({ source, format: "native", splits });
  return { path: await compileNative(bundle, folder), moduleCount: bundle.modules?.length ?? 1 };
}

/** Makes an executable of a bundle for this machine. @returns its path */
export async function compileNative(
  { code, modules }: Pick<Bundle, "code" | "modules">,
  folder: string,
): Promise<string> {
  const facts = platforms[process.arch === "arm64" ? "al2023-arm64" : "al2023-x86_64"];
  const engine = await nativeEnginePath();
  const destination = join(folder, "bootstrap");
  await nativeEngine.compile({
    code,
    modules,
    files: { siteExecutable: engine, platformExecutable: engine },
    site: hostSite(facts),
    facts,
    loadsPackages: false,
    hasSourceMap: false,
    destination,
    onLog: () => {},
    signal: undefined,
  });
  return destination;
}

/** Serves events with a function: as an executable, or with a source map from a file. */
export async function serveNative(
  options: Omit<BundleOptions, "format"> & { readonly folder: string },
  events: readonly unknown[],
): Promise<NativeRun & { readonly posts: readonly ReceivedRequest[] }> {
  const script = events.map((each, index) =>
    event(JSON.stringify(each), { "Lambda-Runtime-Aws-Request-Id": `request-${index + 1}` }),
  );
  await using api = await startScriptedRuntimeApi(script, {}, events.length);
  const command = await commandFor(options);
  const run = await runBootstrap(command, { AWS_LAMBDA_RUNTIME_API: api.authority });
  return { ...run, posts: api.requests.filter(({ route }) => route.startsWith("POST")) };
}

async function commandFor({
  folder,
  ...options
}: Omit<BundleOptions, "format"> & { readonly folder: string }): Promise<readonly [string, ...string[]]> {
  if (options.sourceMap === undefined) return [(await buildNativeBootstrap(options.source, folder)).path];
  const file = join(folder, "bundle.mjs");
  writeFileSync(file, (await bundleFunction({ ...options, format: "native" })).code);
  return [await nativeEnginePath(), file];
}
