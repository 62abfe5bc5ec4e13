/** Looks for an image as ensureImage would, without making or pulling anything. */
import type { Daemon } from "./daemon.ts";
import type { EnsureImageOptions } from "./ensure-image.ts";
import { imageReference, readRecipe } from "./image-recipe.ts";

/** What {@link findImage} found out. */
export interface FoundImage {
  /** Undefined while the base image that counts for the name is not there. */
  readonly reference: string | undefined;
  readonly exists: boolean;
}

/**
 * The image's name and whether the daemon has it.
 * @throws {DockerError} `DOCKER_REQUEST_FAILED`
 */
export async function findImage(daemon: Daemon, options: EnsureImageOptions): Promise<FoundImage> {
  const { facts, baseImage } = options;
  const recipe = await readRecipe(facts, { path: options.dockerfilePath, toolchain: options.toolchain });
  const localBase = baseImage === undefined ? undefined : await daemon.inspectImage(baseImage, facts.dockerPlatform);
  if (baseImage !== undefined && localBase === undefined) return { reference: undefined, exists: false };
  const reference = imageReference({ ...options, recipe, baseImage: baseImage ?? recipe.defaultBaseImage, localBase });
  const existing = await daemon.inspectImage(reference, facts.dockerPlatform);
  return { reference, exists: existing?.dockerArchitecture === facts.dockerArchitecture };
}
