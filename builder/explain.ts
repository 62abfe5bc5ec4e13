/** What a build would do and why, without doing it. */
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { DockerError, findDaemon, findNativeDaemon, type Daemon } from "../docker/index.ts";
import { parseArchitecture, platforms, type Architecture, type PlatformFacts } from "../images/platforms.ts";
import type { BuildOptions } from "./build-options.ts";
import { chooseEngine } from "./engines/choose-engine.ts";
import { prebuiltEngine } from "./engines/prebuilt-engine.ts";
import { explainImages, type ExplainedImage } from "./explain-images.ts";
import { resolvePlatform } from "./resolve-platform.ts";
import { detectProject, type Project, type ToolchainName } from "./project.ts";

/** What `build` would do with the same options. */
export interface Explanation {
  readonly platform: PlatformFacts["platform"];
  /** Of CreateFunction. */
  readonly lambdaRuntime: PlatformFacts["lambdaRuntime"];
  readonly architecture: Architecture;
  readonly project: string;
  readonly toolchain: ToolchainName;
  /** The file that told the toolchain; undefined where it was asked for. */
  readonly detectedBy?: string;
  readonly engine?: { readonly name: string; readonly version: string };
  readonly site: "docker" | "host";
  /** Why it is that site, or what daemon it is. */
  readonly siteReason: string;
  /** How executables for the platform come about: `prebuilt` is an engine, `go` Go's own compiler without C code. */
  readonly way: "prebuilt" | "go" | "native" | "cross" | "emulated";
  /** Images that are used, and built where they are not there, the lowest first. */
  readonly images: readonly ExplainedImage[];
  readonly smokeRun: boolean;
  readonly output: string;
}

/**
 * Explains.
 *
 * @throws BuilderError and DockerError as `build` would at the same point: unknown platform, no project, no daemon
 */
export async function explain(options: BuildOptions): Promise<Explanation> {
  const facts = resolvePlatform(options.platform);
  const project = detectProject(options.project ?? ".", options.toolchain);
  const { toolchain } = project;
  const engine = toolchain === "typescript" ? chooseEngine(facts, options.engine) : undefined;
  const given = (options.enginePaths ?? []).length > 0;
  const daemon = options.site === "host" ? undefined : await daemonOrNone(facts, options);
  const machine = daemon === undefined ? parseArchitecture(process.arch) : (await daemon.info()).architecture;
  // The native engine is a Rust project itself, for Amazon Linux 2, unless there is a finished one.
  const isCompiled = engine?.name === "native" && !given && !(await hasPrebuiltEngine(facts.architecture));
  const way = wayOf(isCompiled ? "rust" : toolchain, facts.architecture, machine, options);
  const imagesOf = (of: PlatformFacts, each: ToolchainName): Promise<readonly ExplainedImage[]> =>
    daemon === undefined || machine === undefined
      ? Promise.resolve([])
      : explainImages({ daemon, facts: of, toolchain: each, way, machine, docker: options.docker ?? {} });
  const images = await imagesOf(facts, toolchain);
  const ofEngine = isCompiled ? await imagesOf(platforms[`al2-${facts.architecture}`], "rust") : [];
  return {
    platform: facts.platform,
    lambdaRuntime: facts.lambdaRuntime,
    architecture: facts.architecture,
    project: project.sourcePath,
    toolchain,
    ...(options.toolchain === undefined ? { detectedBy: markerOf(project) } : {}),
    ...(engine === undefined ? {} : { engine: { name: engine.name, version: given ? "as given" : engine.version } }),
    site: daemon === undefined ? "host" : "docker",
    siteReason:
      daemon === undefined
        ? options.site === "host"
          ? "as asked for"
          : "no Docker daemon answers"
        : `the daemon at ${daemon.address}, an ${machine} machine`,
    way,
    images: [...new Map([...images, ...ofEngine].map((each) => [each.name, each])).values()],
    smokeRun: options.smokeRun !== false,
    output: join(resolve(options.outDir ?? project.folder), options.fileName ?? "function.zip"),
  };
}

async function hasPrebuiltEngine(architecture: Architecture): Promise<boolean> {
  return (await prebuiltEngine(architecture, () => {})) !== undefined;
}

/** In the project's folder. */
function markerOf({ toolchain, folder, sourcePath }: Project): string {
  switch (toolchain) {
    case "typescript":
      return relative(folder, sourcePath);
    case "rust":
      return "Cargo.toml";
    case "go":
      return "go.mod";
    case "cmake":
      return "CMakeLists.txt";
    case "make":
      return "the target bootstrap of its Makefile";
  }
}

async function daemonOrNone(
  facts: PlatformFacts,
  { site, docker = {}, signal }: BuildOptions,
): Promise<Daemon | undefined> {
  const { hosts = [], environment = {} } = docker;
  const [first, ...others] = hosts;
  try {
    return first === undefined
      ? await findDaemon({ environment, signal })
      : await findNativeDaemon(facts.architecture, [first, ...others], { environment, signal });
  } catch (error) {
    const isOptional = site === undefined && first === undefined;
    if (isOptional && error instanceof DockerError && error.code === "DOCKER_UNREACHABLE") return undefined;
    throw error;
  }
}

function wayOf(
  toolchain: ToolchainName,
  architecture: Architecture,
  machine: Architecture | undefined,
  { docker, project = "." }: BuildOptions,
): Explanation["way"] {
  if (toolchain === "typescript") return "prebuilt";
  // Whether there is C code only Go itself can tell.
  if (toolchain === "go" && existsSync(resolve(project))) return "go";
  if (machine === architecture) return "native";
  return docker?.foreign === "emulate" ? "emulated" : "cross";
}
