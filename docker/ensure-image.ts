/** The image of a platform: built once, found by its name ever after. */
import { writeTar, type TarEntry } from "../archive/index.ts";
import type { PlatformFacts } from "../images/platforms.ts";
import { assertArchitecture, ensureBaseImage } from "./base-image.ts";
import { BuildLog } from "./build-log.ts";
import type { Daemon } from "./daemon.ts";
import type { ImageInspection } from "./daemon-answers.ts";
import { DockerError } from "./errors.ts";
import { eventStream } from "./event-stream.ts";
import type { ImageEvent } from "./image-event.ts";
import { imageReference, readRecipe, type ImageRecipe, type ToolchainImage } from "./image-recipe.ts";
import { labelNames } from "./owner-labels.ts";
import { assertRunnable } from "./platform-check.ts";
import { doneOnce } from "./work-in-progress.ts";

/** Options of {@link ensureImage}. */
export interface EnsureImageOptions {
  readonly facts: PlatformFacts;
  /** Replaces the Dockerfile's own base. When it is local it is used as it is, without asking a registry. */
  readonly baseImage?: string | undefined;
  /** An image beside the platform's own; `baseImage` is then the one below it. @default the platform's own */
  readonly toolchain?: ToolchainImage | undefined;
  /** A Dockerfile in place of the platform's own; it has no build context besides itself. */
  readonly dockerfilePath?: string | undefined;
  /** What the Dockerfile finds in `files/`. Not part of the image's name: that a build argument has to tell. */
  readonly files?: readonly TarEntry[] | undefined;
  /** Build arguments that change what is built. */
  readonly buildArguments?: Readonly<Record<string, string>> | undefined;
  /** Build arguments that do not change what is built: HTTP_PROXY and the like. Not part of the image's name. */
  readonly proxyArguments?: Readonly<Record<string, string>> | undefined;
  /** PEM file for the image's list of trusted certificates. */
  readonly certificates?: Buffer | undefined;
  /** Network of the build's steps. @default the daemon's default, bridge */
  readonly networkMode?: string | undefined;
  /** Ask the registry for a newer base image, and build even when the image is there. @default false */
  readonly pull?: boolean | undefined;
  /** More labels of the image; not part of its name. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly onEvent?: ((event: ImageEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Result of {@link ensureImage}. */
export interface EnsuredImage {
  /** `sha256:…` */
  readonly imageId: string;
  /** `runtime-aws-lambda/<folder>-<architecture>[-<toolchain>]:<16 hex digits>` */
  readonly reference: string;
  /** The base image with the digest that its registry gave, `name@sha256:…`. */
  readonly baseImage: string | undefined;
  /** False when it was there already, or another build of this process has just made it. */
  readonly built: boolean;
}

/**
 * Makes sure the daemon has the image of a platform.
 * @throws {DockerError} `BASE_IMAGE_UNAVAILABLE`, `IMAGE_BUILD_FAILED` (with `step`, `exitCode`, `logTail`),
 * `IMAGE_WRONG_ARCHITECTURE`, `PLATFORM_NOT_RUNNABLE`, `DOCKER_REQUEST_FAILED`; the signal's reason when aborted.
 */
export async function ensureImage(daemon: Daemon, options: EnsureImageOptions): Promise<EnsuredImage> {
  const { facts, baseImage, signal } = options;
  signal?.throwIfAborted();
  const recipe = await readRecipe(facts, { path: options.dockerfilePath, toolchain: options.toolchain });
  const image = baseImage ?? recipe.defaultBaseImage;
  const isChosen = baseImage !== undefined;
  const ensureBase = async (): Promise<ImageInspection | undefined> =>
    image === undefined ? undefined : ensureBaseImage(daemon, { ...options, image, isChosen });

  // A chosen base is asked for first, since its id is part of the name.
  const chosenBase = isChosen ? await ensureBase() : undefined;
  const reference = imageReference({ ...options, recipe, baseImage: image, localBase: chosenBase });
  const existing = await daemon.inspectImage(reference, facts.dockerPlatform);
  if (options.pull !== true && existing?.dockerArchitecture === facts.dockerArchitecture) {
    const { imageId, baseImage: base } = existing;
    return { imageId, reference, baseImage: base, built: false };
  }
  const { result, isOwn } = await doneOnce(`${daemon.address} ${reference}`, signal, async () => {
    const base = chosenBase ?? (await ensureBase());
    return buildImage(daemon, { ...options, recipe, reference, image, base });
  });
  return { imageId: result.imageId, reference, baseImage: result.baseImage, built: isOwn };
}

interface BuildOptions extends EnsureImageOptions {
  readonly recipe: ImageRecipe;
  readonly reference: string;
  /** Reference of the base image. */
  readonly image: string | undefined;
  readonly base: ImageInspection | undefined;
}

async function buildImage(daemon: Daemon, options: BuildOptions): Promise<ImageInspection> {
  const { facts, recipe, reference, base, onEvent, signal } = options;
  onEvent?.({ type: "build-started", reference });
  const log = new BuildLog(onEvent);
  const context = writeTar(buildContext(recipe, options));
  const request = {
    reference,
    dockerPlatform: facts.dockerPlatform,
    buildArguments: {
      ...options.proxyArguments,
      ...options.buildArguments,
      ...(await baseArgument(daemon, options)),
    },
    networkMode: options.networkMode,
    labels: {
      ...options.labels,
      [labelNames.role]: "image",
      [labelNames.platform]: facts.platform,
      ...(base?.digest === undefined ? {} : { [labelNames.baseImage]: base.digest }),
    },
  };
  let imageId = "";
  try {
    for await (const event of eventStream(await daemon.buildImage(context, request, signal), "image")) {
      if (event.type === "log") {
        log.write(event.text);
      } else if (event.type === "image") {
        imageId = event.imageId;
      }
    }
  } catch (error) {
    if (!(error instanceof DockerError)) {
      throw error;
    }
    // A command that failed may be one that could not even start.
    if (base !== undefined && !isBrokenConnection(error)) {
      await assertRunnable(daemon, { image: base.imageId, facts, labels: options.labels });
    }
    throw buildFailed(error, log, options);
  } finally {
    context.destroy();
  }
  return checkedImage(daemon, imageId, options);
}

function buildContext({ dockerfile }: ImageRecipe, { certificates, files = [] }: BuildOptions): readonly TarEntry[] {
  const file = { path: "certificates/runtime-aws-lambda.pem", content: certificates ?? Buffer.alloc(0), mode: 0o644 };
  return [
    { path: "Dockerfile", content: dockerfile, mode: 0o644 },
    { path: "certificates", content: "folder", mode: 0o755 },
    ...(certificates === undefined ? [] : [file]),
    ...files.map((each) => ({ ...each, path: `files/${each.path}` })),
  ];
}

/**
 * The base goes into the build by its id: nothing can be pulled then, and another build that pulls the same name for
 * another architecture meanwhile does no harm. Podman takes names only.
 */
async function baseArgument(daemon: Daemon, { image, base }: BuildOptions): Promise<Record<string, string>> {
  if (image === undefined || base === undefined) {
    return {};
  }
  const { kind } = await daemon.info();
  return { BASE_IMAGE: kind === "podman" ? image : base.imageId };
}

// The classic builder takes a base of another architecture without a word.
async function checkedImage(
  daemon: Daemon,
  imageId: string,
  { facts, reference }: BuildOptions,
): Promise<ImageInspection> {
  const built = await daemon.inspectImage(reference, facts.dockerPlatform);
  if (built === undefined) {
    throw new DockerError(
      "DOCKER_REQUEST_FAILED",
      `Building ${reference}: the daemon does not have ${imageId} afterwards`,
    );
  }
  try {
    assertArchitecture(built, reference, facts);
  } catch (error) {
    await daemon.removeImage(reference);
    throw error;
  }
  return built;
}

/** What the daemon itself says of a failure has neither. */
function isBrokenConnection({ statusCode, cause, hint }: DockerError): boolean {
  return statusCode === undefined && (cause !== undefined || hint !== undefined);
}

function buildFailed(error: DockerError, log: BuildLog, { facts, reference }: BuildOptions): DockerError {
  const logTail = log.end();
  const { step } = log;
  const at = step === undefined ? "" : ` at ${step}`;
  // The connection broke, and no step is to blame.
  if (isBrokenConnection(error)) {
    const { code, message, cause, hint } = error;
    return new DockerError(code, `${message}${at}`, { cause, hint, step, logTail });
  }
  return new DockerError(
    "IMAGE_BUILD_FAILED",
    `Building ${reference} for ${facts.platform} failed${at}: ${error.message}`,
    {
      cause: error,
      statusCode: error.statusCode,
      step,
      exitCode: error.exitCode,
      logTail,
      hint: "Read the end of the build log. A mirror or proxy that is not reached from containers is the usual cause",
    },
  );
}
