/** What an image is built from, and the name that follows from it. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { PlatformFacts } from "../images/platforms.ts";
import type { ImageInspection } from "./daemon-answers.ts";

/** The Dockerfile of a platform's image. */
export interface ImageRecipe {
  readonly dockerfile: Buffer;
  /** Default of `ARG BASE_IMAGE`, or undefined when the Dockerfile has none. */
  readonly defaultBaseImage: string | undefined;
}

/** Reads `images/<folder>/Dockerfile` of this package, or the Dockerfile at `path`. */
export async function readRecipe(facts: PlatformFacts, path?: string): Promise<ImageRecipe> {
  const dockerfile = await readFile(path ?? packagedDockerfile(facts));
  const defaultBaseImage = /^ARG BASE_IMAGE=(\S+)/m.exec(dockerfile.toString())?.[1];
  return { dockerfile, defaultBaseImage };
}

// Found through the package's own name: from dist/docker/ the way to images/ is another one than from docker/.
function packagedDockerfile({ imageFolder }: PlatformFacts): string {
  const packageJson = import.meta.resolve("runtime-aws-lambda/package.json");
  return fileURLToPath(new URL(`images/${imageFolder}/Dockerfile`, packageJson));
}

/**
 * The image's name, `runtime-aws-lambda/<folder>-<architecture>:<16 hex digits>`: the digits are a hash of the Dockerfile,
 * the platform and the base image, so an image that exists under it needs no build.
 * @param localBase of a base image chosen by the caller: its id counts too, so that a changed local image makes a new one.
 */
export function imageReference(
  { dockerfile }: ImageRecipe,
  facts: PlatformFacts,
  baseImage: string | undefined,
  localBase: ImageInspection | undefined,
): string {
  const parts = [dockerfile, facts.dockerPlatform, baseImage ?? "", localBase?.imageId ?? ""];
  const hash = createHash("sha256");
  for (const part of parts) {
    // Each part by its length first, so that no two lists of parts make the same bytes.
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  }
  return `runtime-aws-lambda/${facts.imageFolder}-${facts.architecture}:${hash.digest("hex").slice(0, 16)}`;
}
