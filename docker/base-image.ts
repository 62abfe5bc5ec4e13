/** Makes the base image of a build local and of the right architecture before the build starts. */
import type { PlatformFacts } from "../images/platforms.ts";
import type { Daemon } from "./daemon.ts";
import type { ImageInspection } from "./daemon-answers.ts";
import { DockerError } from "./errors.ts";
import { eventStream } from "./event-stream.ts";
import type { ImageEvent } from "./image-event.ts";
import { inTurn } from "./work-in-progress.ts";

/** Options of {@link ensureBaseImage}. */
export interface BaseImageOptions {
  readonly image: string;
  /** Whether the caller chose the image: a local one is then never pulled anew. */
  readonly isChosen: boolean;
  readonly facts: PlatformFacts;
  /** Ask the registry even when it is local. @default false */
  readonly pull?: boolean | undefined;
  readonly onEvent?: ((event: ImageEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The base image, pulled when it is not local. A local default image of another architecture is pulled again for this one;
 * a chosen one is refused: it may exist nowhere else.
 * @throws {DockerError} `BASE_IMAGE_UNAVAILABLE`, `IMAGE_WRONG_ARCHITECTURE`; the signal's reason when aborted.
 */
export async function ensureBaseImage(daemon: Daemon, options: BaseImageOptions): Promise<ImageInspection> {
  const { image, facts, isChosen, signal } = options;
  signal?.throwIfAborted();
  const local = await daemon.inspectImage(image, facts.dockerPlatform);
  if (options.pull !== true && local !== undefined && (isChosen || isFor(facts, local))) {
    assertArchitecture(local, image, facts);
    return local;
  }
  // Another architecture of the same name would take the name away between pull and inspection.
  const pulled = await inTurn(`${daemon.address} ${image}`, signal, async () => {
    await pullBaseImage(daemon, options);
    return daemon.inspectImage(image, facts.dockerPlatform);
  });
  if (pulled === undefined) {
    throw unavailable(options, "the daemon does not have it after the pull");
  }
  assertArchitecture(pulled, image, facts);
  return pulled;
}

/** @throws {DockerError} `IMAGE_WRONG_ARCHITECTURE` unless the image is of the platform's architecture. */
export function assertArchitecture(inspection: ImageInspection, image: string, facts: PlatformFacts): void {
  if (!isFor(facts, inspection)) {
    const { dockerArchitecture, dockerPlatform } = facts;
    const message = `The image ${image} is for ${inspection.dockerArchitecture}, and ${facts.platform} needs ${dockerArchitecture}`;
    throw new DockerError("IMAGE_WRONG_ARCHITECTURE", message, {
      hint: `Get the right one by docker pull --platform ${dockerPlatform} ${image}, or name another by --base-image`,
    });
  }
}

function isFor(facts: PlatformFacts, inspection: ImageInspection): boolean {
  return inspection.dockerArchitecture === facts.dockerArchitecture;
}

async function pullBaseImage(daemon: Daemon, options: BaseImageOptions): Promise<void> {
  const { image, onEvent } = options;
  onEvent?.({ type: "pull-started", image });
  for await (const event of pullEvents(daemon, options)) {
    if (event.type === "progress") {
      onEvent?.({ ...event, type: "pull-progress", image });
    }
  }
}

async function* pullEvents(daemon: Daemon, options: BaseImageOptions): ReturnType<typeof eventStream> {
  try {
    yield* eventStream(await daemon.pullImage(options.image, options.facts.dockerPlatform, options.signal));
  } catch (error) {
    throw error instanceof DockerError ? unavailable(options, error.message, error) : error;
  }
}

function unavailable(options: BaseImageOptions, words: string, cause?: unknown): DockerError {
  const { image, facts } = options;
  const why = options.pull === true ? "was to be pulled and cannot be" : "is not on this machine and cannot be pulled";
  const message = `The base image ${image} ${why}: ${words}`;
  return new DockerError("BASE_IMAGE_UNAVAILABLE", message, {
    cause,
    hint:
      `Pull it yourself, logged in if need be: docker pull --platform ${facts.dockerPlatform} ${image}; ` +
      "or take it from a mirror by --base-image",
  });
}
