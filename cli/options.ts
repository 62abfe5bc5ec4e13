/** Options that both commands have, and the parsers of values. */
import { InvalidArgumentError, Option, type Command } from "commander";
import { readFileSync } from "node:fs";
import { nearestName } from "../config/nearest-name.ts";
import { parsePlatform, platformNames, type Platform } from "../images/platforms.ts";

/** The package's version, from its package.json. */
function packageVersion(): string {
  const path = new URL(import.meta.resolve("runtime-aws-lambda/package.json"));
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

export interface CommonOptions {
  readonly baseImage?: readonly BaseImage[];
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
}

/** `--base-image image` for every platform, or `--base-image platform=image` for one. */
export interface BaseImage {
  readonly platform: Platform | undefined;
  readonly image: string;
}

/** Adds the options that both commands share, last in their help. */
export function addCommonOptions(command: Command): Command {
  return command
    .option("--base-image <[platform=]image>", "base image instead of Amazon Linux on ECR Public", collectBaseImage)
    .option("--json", "print one JSON document on stdout")
    .addOption(new Option("--quiet", "print nothing but the result and errors").conflicts("verbose"))
    .option("--verbose", "print everything the tools in use print")
    .version(packageVersion(), "--version", "print the version")
    .helpOption("-h, --help", "print this help");
}

/** Base images by platform. */
export function baseImagesOf({ baseImage = [] }: CommonOptions): Partial<Record<Platform, string>> {
  const baseImages: Partial<Record<Platform, string>> = {};
  for (const { platform, image } of baseImage) {
    for (const each of platform === undefined ? platformNames : [platform]) baseImages[each] = image;
  }
  return baseImages;
}

/** A platform in any spelling, with a suggestion when it is none. */
export function parsePlatformOption(value: string): Platform {
  const platform = parsePlatform(value);
  if (platform !== undefined) return platform;
  const nearest = nearestName(value, platformNames);
  const suggestion = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  throw new InvalidArgumentError(`Platforms are ${platformNames.join(", ")}.${suggestion}`);
}

export function collectPlatform(value: string, previous: readonly Platform[] = []): readonly Platform[] {
  const platform = parsePlatformOption(value);
  return previous.includes(platform) ? previous : [...previous, platform];
}

function collectBaseImage(value: string, previous: readonly BaseImage[] = []): readonly BaseImage[] {
  const [name = "", image] = value.split(/=(.*)/s);
  if (image === undefined) return [...previous, { platform: undefined, image: value }];
  return [...previous, { platform: parsePlatformOption(name), image }];
}

/** Parser of a whole number within bounds. */
export function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Parser of a text of a certain form. */
export function matching(pattern: RegExp, expected: string): (value: string) => string {
  return (value) => {
    if (pattern.test(value)) return value;
    throw new InvalidArgumentError(`It must be ${expected}.`);
  };
}

/** `KEY=VALUE`, repeated. */
export function collectVariable(
  value: string,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [name = "", content] = value.split(/=(.*)/s);
  if (name === "" || content === undefined) throw new InvalidArgumentError("It must be KEY=VALUE.");
  return { ...previous, [name]: content };
}

/** Any text, repeated. */
export function collectText(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** The folder for caches by the XDG Base Directory Specification. */
export function cacheOption(environment: Readonly<Record<string, string | undefined>>): { cacheFolder?: string } {
  const base = environment["XDG_CACHE_HOME"];
  return base === undefined || base === "" ? {} : { cacheFolder: `${base}/runtime-aws-lambda` };
}
