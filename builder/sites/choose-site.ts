/** Decides where a build runs: in a container of the platform's image when a daemon answers, else on this machine. */
import { DockerError, ensureImage, findDaemon, sweep, type Daemon, type ImageEvent } from "../../docker/index.ts";
import { parseArchitecture, type Platform, type PlatformFacts } from "../../images/platforms.ts";
import type { SmokeSite } from "../smoke-run.ts";
import { dockerSite, dockerSmokeSite } from "./docker.ts";
import { hostSmokeSite } from "./host-smoke-site.ts";
import { hostSite } from "./host.ts";
import type { BuildSite } from "./site.ts";

/** How to reach Docker, and what to build its images on. */
export interface DockerOptions {
  /** Address of the daemon, tried alone. @default found as the docker CLI finds it */
  readonly host?: string;
  /** Base image by platform. @default Amazon Linux on ECR Public */
  readonly baseImages?: Partial<Readonly<Record<Platform, string>>>;
  /** The variables that name a daemon: DOCKER_HOST, DOCKER_CONTEXT, HOME … @default none of them */
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
  try {
    return await findDaemon({ dockerHost: docker.host, environment: docker.environment ?? {}, signal });
  } catch (error) {
    const isOptional = site === undefined && docker.host === undefined;
    if (!isOptional || !(error instanceof DockerError) || error.code !== "DOCKER_UNREACHABLE") throw error;
    onNotice(
      `No Docker daemon is reachable, so this machine builds: fine for TypeScript, whose executable for ` +
        `${facts.platform} is the same prebuilt engine either way`,
    );
    return undefined;
  }
}

async function dockerSites(
  daemon: Daemon,
  facts: PlatformFacts,
  { docker = {}, signal }: ChooseSiteOptions,
  { onLog }: SiteReporter,
): Promise<ChosenSite> {
  const [{ imageId }] = await Promise.all([
    ensureImage(daemon, {
      facts,
      baseImage: docker.baseImages?.[facts.platform],
      signal,
      onEvent: (event) => onLog(describeImageEvent(event)),
    }),
    sweep(daemon, { signal }),
  ]);
  const build = dockerSite(daemon, facts, imageId);
  try {
    return { build, smoke: await dockerSmokeSite(daemon, facts, imageId), smokeSkipped: "" };
  } catch (error) {
    // Building needs archives only, so a daemon elsewhere will do; the smoke run needs a way back to this machine.
    if (!(error instanceof DockerError) || error.code !== "REMOTE_DAEMON") throw error;
    return { build, smoke: undefined, smokeSkipped: error.message };
  }
}

function hostSites(facts: PlatformFacts): ChosenSite {
  const canRun = process.platform === "linux" && parseArchitecture(process.arch) === facts.architecture;
  const smokeSkipped = `${facts.platform} cannot be run on this ${process.platform} ${process.arch} machine without Docker`;
  return { build: hostSite(), smoke: canRun ? hostSmokeSite : undefined, smokeSkipped };
}

function describeImageEvent(event: ImageEvent): string {
  switch (event.type) {
    case "pull-started":
      return `pulling ${event.image}`;
    case "pull-progress":
      return `${event.layer ?? event.image}: ${event.status}`;
    case "build-started":
      return `building image ${event.reference}`;
    case "build-step":
      return `step ${event.step}/${event.steps}: ${event.instruction}`;
    case "build-log":
      return event.line;
  }
}
