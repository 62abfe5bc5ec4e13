/** Tests that need a Docker daemon: they run where one answers, skip with the reason elsewhere, and clean up. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Daemon } from "../../docker/daemon.ts";
import { DockerError, findDaemon } from "../../docker/index.ts";
import { platforms, type Platform } from "../../images/platforms.ts";

/** With REQUIRE_DOCKER=1 a test that cannot run fails instead of being skipped. */
const isRequired = process.env["REQUIRE_DOCKER"] === "1";
const howToGetImages = "run .ci/run or test/support/base-images/build.sh";

/** What a test gets. */
export interface DockerTestContext {
  readonly daemon: Daemon;
  /** To be put on everything the test makes: what carries them afterwards makes the test fail. */
  readonly labels: Readonly<Record<string, string>>;
  /** A folder that is removed afterwards. */
  readonly folder: string;
  /** Ends the test as skipped, for the reason given. */
  readonly skip: (reason: string) => void;
}

/** Options of {@link dockerTest}. */
export interface DockerTestOptions {
  /** Platforms whose base image the test runs. @default none */
  readonly platforms?: readonly Platform[];
  /** @default 60000 */
  readonly timeoutMs?: number;
}

/**
 * The base image of the tests: by TEST_BASE_IMAGES either `stand-in` (the default), an image of this repository, or
 * `amazonlinux`, the Dockerfile's own (undefined).
 */
export function baseImageFor(platform: Platform): string | undefined {
  if (process.env["TEST_BASE_IMAGES"] === "amazonlinux") {
    return undefined;
  }
  const { imageFolder, architecture } = platforms[platform];
  return `runtime-aws-lambda-test/amazonlinux:${imageFolder.slice("al".length)}-${architecture}`;
}

/** The base image by a name that can be run: the stand-in, or Amazon Linux as the Dockerfile names it. */
export function runnableBaseImage(platform: Platform): string {
  const release = platforms[platform].imageFolder.slice("al".length);
  return baseImageFor(platform) ?? `public.ecr.aws/amazonlinux/amazonlinux:${release}`;
}

/** The daemon of this machine, or why there is none. */
async function lookForDaemon(): Promise<Daemon | string> {
  try {
    return await findDaemon({ environment: process.env });
  } catch (error) {
    if (error instanceof DockerError) {
      return error.message;
    }
    throw error;
  }
}

const found = await lookForDaemon();

async function whyNot(names: readonly Platform[]): Promise<string | undefined> {
  if (typeof found === "string") {
    return found;
  }
  for (const name of names) {
    const { dockerArchitecture, dockerPlatform } = platforms[name];
    const image = runnableBaseImage(name);
    const there = await found.inspectImage(image, dockerPlatform);
    if (there?.dockerArchitecture !== dockerArchitecture) {
      return `the image ${image} for ${dockerPlatform} is not there: ${howToGetImages}`;
    }
  }
  return undefined;
}

/** `test` with a daemon, a label and a folder of its own; fails when something with the label is left afterwards. */
export function dockerTest(
  name: string,
  options: DockerTestOptions,
  body: (context: DockerTestContext) => Promise<void>,
): void {
  test(name, { timeout: options.timeoutMs ?? 60_000 }, async ({ skip }) => {
    const daemon = await daemonOrSkip(options, skip);
    const folder = await mkdtemp(join(tmpdir(), "runtime-aws-lambda-docker-"));
    const labels = { "runtime-aws-lambda.test": randomUUID() };
    try {
      await body({ daemon, labels, folder, skip });
      expect(await leftovers(daemon, labels), "left behind in the daemon").toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** Why there are no containers of these platforms, or undefined. Fails where they have to be there. */
export async function whyNoContainers(names: readonly Platform[]): Promise<string | undefined> {
  const reason = await whyNot(names);
  if (reason === undefined) {
    return undefined;
  }
  if (isRequired) {
    throw new Error(`REQUIRE_DOCKER=1, but ${reason}`);
  }
  console.warn(`Skipped, needs Docker: ${reason}`);
  return reason;
}

async function daemonOrSkip(options: DockerTestOptions, skip: (note?: string) => never): Promise<Daemon> {
  const reason = await whyNoContainers(options.platforms ?? []);
  return reason === undefined && typeof found !== "string" ? found : skip(reason);
}

/** Labels as Docker's filters and Dockerfiles spell them: `name=value`. */
export function labelFilter(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`);
}

async function leftovers(daemon: Daemon, labels: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const filter = labelFilter(labels);
  const containers = await daemon.listContainers(filter, undefined);
  const images = await daemon.listDanglingImages(filter, undefined);
  return [...containers, ...images].map(({ id }) => id);
}
