/** What an image is built from, and the name that follows from it. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { PlatformFacts } from "../images/platforms.ts";
import type { ImageInspection } from "./daemon-answers.ts";

/**
 * An image beside the platform's own, on top of which it is built: compilers, and cross compilers on top of those; or
 * JavaScript engines.
 */
export type ToolchainImage = "make" | "rust" | "go" | "node" | "cross" | "engine";

/** The Dockerfile of an image. */
export interface ImageRecipe {
  /** Undefined: the platform's own image. */
  readonly toolchain: ToolchainImage | undefined;
  readonly dockerfile: Buffer;
  /** Default of `ARG BASE_IMAGE`, or undefined when the Dockerfile has none. */
  readonly defaultBaseImage: string | undefined;
}

/** Reads `images/<folder>/[<toolchain>.]Dockerfile` of this package, `images/engine.Dockerfile`, or the one at `path`. */
export async function readRecipe(
  facts: PlatformFacts,
  { path, toolchain }: { readonly path?: string | undefined; readonly toolchain?: ToolchainImage | undefined } = {},
): Promise<ImageRecipe> {
  const dockerfile = await readFile(path ?? packagedDockerfile(facts, toolchain));
  const defaultBaseImage = /^ARG BASE_IMAGE=(\S+)/m.exec(dockerfile.toString())?.[1];
  return { toolchain, dockerfile, defaultBaseImage };
}

// Found through the package's own name: from dist/docker/ the way to images/ is another one than from docker/.
function packagedDockerfile({ imageFolder }: PlatformFacts, toolchain: ToolchainImage | undefined): string {
  const packageJson = import.meta.resolve("runtime-aws-lambda/package.json");
  const folder = toolchain === "engine" ? "images" : `images/${imageFolder}`;
  return fileURLToPath(new URL(`${folder}/${toolchain === undefined ? "" : `${toolchain}.`}Dockerfile`, packageJson));
}

/** What makes one image differ from another of the same recipe. */
export interface ImageIngredients {
  readonly recipe: ImageRecipe;
  readonly facts: PlatformFacts;
  /** Reference of the base image. */
  readonly baseImage: string | undefined;
  /** A base image chosen by the caller: its id counts too, so that a changed local image makes a new one. */
  readonly localBase: ImageInspection | undefined;
  readonly buildArguments?: Readonly<Record<string, string>> | undefined;
  readonly certificates?: Buffer | undefined;
}

/**
 * The image's name, `runtime-aws-lambda/<folder>-<architecture>[-<toolchain>]:<16 hex digits>`: the digits are a hash of
 * all ingredients, so an image that exists under it needs no build.
 */
export function imageReference(ingredients: ImageIngredients): string {
  const { recipe, facts, baseImage, localBase, buildArguments = {}, certificates } = ingredients;
  const base = [recipe.dockerfile, facts.dockerPlatform, baseImage ?? "", localBase?.imageId ?? ""];
  const hash = createHash("sha256");
  for (const part of [...base, ...Object.entries(buildArguments).flat(), certificates ?? ""]) {
    // Each part by its length first, so that no two lists of parts make the same bytes.
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  }
  const toolchain = recipe.toolchain === undefined ? "" : `-${recipe.toolchain}`;
  const name = `${facts.imageFolder}-${facts.architecture}${toolchain}`;
  return `runtime-aws-lambda/${name}:${hash.digest("hex").slice(0, 16)}`;
}
