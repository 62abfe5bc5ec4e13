/** Decides where a build runs: in a container of the platform's image when a daemon answers, else on this machine. */
import { readFile } from "node:fs/promises";
import {
  assertRunnable,
  DockerError,
  ensureImage,
  findDaemon,
  findNativeDaemon,
  sweep,
  sweepCaches,
  type Daemon,
  type EnsuredImage,
} from "../../docker/index.ts";
import { parseArchitecture, platforms, type Platform, type PlatformFacts } from "../../images/platforms.ts";
import { BuilderError } from "../errors.ts";
import type { SmokeSite } from "../smoke-run.ts";
import { dockerSite, dockerSmokeSite } from "./docker.ts";
import type { DockerSurroundings } from "./docker-compilers.ts";
import { imageLog } from "./image-log.ts";
import { hostSmokeSite } from "./host-smoke-site.ts";
import { hostSite } from "./host.ts";
import { KeptContainers } from "./kept-containers.ts";
import type { BuildSite } from "./site.ts";

/** How to reach Docker, what to build its images on, and what their builds and containers are given. */
export interface DockerOptions {
  /**
   * Addresses of daemons, tried alone; of several, one of the platform's own architecture is taken, else the first.
   * @default the one the docker CLI finds
   */
  readonly hosts?: readonly string[];
  /** Base image by platform. @default Amazon Linux on ECR Public */
  readonly baseImages?: Partial<Readonly<Record<Platform, string>>>;
  /** Ask the registry for a newer base image. @default false */
  readonly pull?: boolean;
  /** PEM file with certificates to trust besides those of Amazon Linux, where a network signs TLS anew. */
  readonly certificatesPath?: string;
  /** `none`, `bridge`, `host` or a network's name, for images and compilers. @default the daemon's default, bridge */
  readonly networkMode?: string;
  /** Memory limit of the compilers' container. @default none */
  readonly memoryMib?: number;
  /** For another architecture than the daemon's: compile across, or let qemu run the platform's own image. @default "cross" */
  readonly foreign?: "cross" | "emulate";
  /** The variables that name a daemon (DOCKER_HOST, DOCKER_CONTEXT, HOME …) and a proxy. @default none of them */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface ChooseSiteOptions {
  readonly site?: "docker" | "host";
  readonly docker?: DockerOptions;
  readonly signal?: AbortSignal;
}

export interface SiteReporter {
  readonly onNotice: (message: string) => void;
  readonly onLog: (line: string) => void;
}

/** Where to compile, and where to start the result. */
export interface ChosenSite {
  readonly build: BuildSite;
  /** Undefined where the bootstrap cannot be started; `smokeSkipped` then says why. */
  readonly smoke: SmokeSite | undefined;
  readonly smokeSkipped: string;
  /** Removes what is left of it; waits until that is done. */
  close(): Promise<void>;
  /** What the platform's image stands on, `name@sha256:…`, where a registry gave its digest. */
  readonly baseImage?: string | undefined;
}

/**
 * Chooses and prepares the site.
 *
 * @throws DockerError when the docker site was asked for, or a daemon answers, but cannot do the work; BuilderError
 *   where this machine cannot be a site
 */
export async function chooseSite(
  facts: PlatformFacts,
  options: ChooseSiteOptions,
  reporter: SiteReporter,
): Promise<ChosenSite> {
  try {
    const daemon = options.site === "host" ? undefined : await findDaemonOrNotice(facts, options, reporter);
    return daemon === undefined ? hostSites(facts) : await dockerSites(daemon, facts, options, reporter);
  } catch (error) {
    throw suggestHostSite(error);
  }
}

/** Docker itself cannot know that there is a way without it. */
function suggestHostSite(error: unknown): unknown {
  const codes: readonly string[] = ["DOCKER_UNREACHABLE", "BASE_IMAGE_UNAVAILABLE"];
  if (!(error instanceof DockerError) || !codes.includes(error.code)) return error;
  const hint = `${error.hint === undefined ? "" : `${error.hint}; or `}build without Docker: --site host`;
  const { code, message, cause, attempts } = error;
  return new DockerError(code, message, { hint, cause, attempts });
}

async function findDaemonOrNotice(
  facts: PlatformFacts,
  { site, docker = {}, signal }: ChooseSiteOptions,
  { onNotice }: SiteReporter,
): Promise<Daemon | undefined> {
  const { hosts = [], environment = {} } = docker;
  try {
    const [first, ...others] = hosts;
    if (first === undefined) return await findDaemon({ environment, signal });
    return await findNativeDaemon(facts.architecture, [first, ...others], { environment, signal });
  } catch (error) {
    const isOptional = site === undefined && hosts.length === 0;
    if (!isOptional || !(error instanceof DockerError) || error.code !== "DOCKER_UNREACHABLE") throw error;
    onNotice("No Docker daemon is reachable, so this machine builds: fine for TypeScript and for Go without C code");
    return undefined;
  }
}

async function dockerSites(
  daemon: Daemon,
  facts: PlatformFacts,
  { docker = {}, signal }: ChooseSiteOptions,
  { onLog, onNotice }: SiteReporter,
): Promise<ChosenSite> {
  const { baseImages = {}, certificatesPath, networkMode, memoryMib, foreign = "cross", pull } = docker;
  const surroundings: DockerSurroundings = {
    daemon,
    facts,
    baseImages,
    networkMode,
    memoryMib,
    foreign,
    pull,
    signal,
    certificates: certificatesPath === undefined ? undefined : await readCertificates(certificatesPath),
    proxyArguments: proxyArguments(docker.environment ?? {}),
    onNotice,
  };
  const { architecture } = await daemon.info();
  const machine = platforms[`${facts.imageFolder}-${architecture}`];
  const ensure = (each: PlatformFacts): Promise<EnsuredImage> =>
    ensureImage(daemon, {
      ...surroundings,
      facts: each,
      baseImage: baseImages[each.platform],
      onEvent: imageLog(onLog),
    });
  const [ofMachine] = await Promise.all([ensure(machine), sweep(daemon, { signal }), sweepCaches(daemon)]);
  const kept = new KeptContainers();
  const close = (): Promise<void> => kept.close();
  const build = dockerSite(machine, ofMachine.reference, surroundings, kept);
  try {
    const { reference, baseImage } = machine === facts ? ofMachine : await ensure(facts);
    // Now, and not when all has been compiled.
    await assertRunnable(daemon, { image: reference, facts });
    const smoke = await dockerSmokeSite(daemon, facts, reference, kept);
    return { build, baseImage, smoke, smokeSkipped: "", close };
  } catch (error) {
    // Building needs archives only, so a daemon elsewhere will do; the smoke run needs a way back to this machine, and
    // a machine or an emulator that runs the platform.
    const codes: readonly string[] = ["REMOTE_DAEMON", "PLATFORM_NOT_RUNNABLE"];
    if (!(error instanceof DockerError) || !codes.includes(error.code)) throw error;
    const { message, hint } = error;
    return { build, smoke: undefined, smokeSkipped: hint === undefined ? message : `${message}. ${hint}`, close };
  }
}

async function readCertificates(path: string): Promise<Buffer> {
  try {
    const pem = await readFile(path);
    if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  } catch (cause) {
    throw new BuilderError("BAD_OPTIONS", `The certificates cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new BuilderError("BAD_OPTIONS", `${path} holds no certificate in PEM form`);
}

/** The variables by which programs know a proxy, in both spellings. One on this machine itself containers cannot reach. */
function proxyArguments(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((each) => [each, each.toLowerCase()]);
  const given = names.map((name) => [name, environment[name] ?? ""] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== "" && !/\/\/(localhost|127\.|\[::1\])/.test(value)));
}

function hostSites(facts: PlatformFacts): ChosenSite {
  const canRun = process.platform === "linux" && parseArchitecture(process.arch) === facts.architecture;
  const smokeSkipped = `${facts.platform} cannot be run on this ${process.platform} ${process.arch} machine without Docker`;
  return { build: hostSite(facts), smoke: canRun ? hostSmokeSite : undefined, smokeSkipped, close: async () => {} };
}
