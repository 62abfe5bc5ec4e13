/** The images that a build would use, and which of them would have to be made first. */
import { readFile } from "node:fs/promises";
import { findImage, type Daemon, type EnsureImageOptions, type ToolchainImage } from "../docker/index.ts";
import { platforms, type Architecture, type PlatformFacts } from "../images/platforms.ts";
import type { ToolchainName } from "./project.ts";
import type { DockerOptions } from "./sites/choose-site.ts";

/** An image of a build. */
export interface ExplainedImage {
  /** Such as `al2-x86_64-rust`. */
  readonly name: string;
  /** Absent while an image below it is not there: its name depends on that. */
  readonly reference?: string;
  /** False: the build makes it, which takes a while. */
  readonly exists: boolean;
}

export interface ExplainImagesOptions {
  readonly daemon: Daemon;
  readonly facts: PlatformFacts;
  readonly toolchain: ToolchainName;
  readonly way: "prebuilt" | "go" | "native" | "cross" | "emulated";
  /** Of the daemon. */
  readonly machine: Architecture;
  readonly docker: DockerOptions;
}

/** The lowest first. */
export async function explainImages(options: ExplainImagesOptions): Promise<readonly ExplainedImage[]> {
  const { daemon, facts, toolchain, way, machine, docker } = options;
  const { baseImages = {}, certificatesPath } = docker;
  const certificates = certificatesPath === undefined ? undefined : await readFile(certificatesPath);
  const images = new Map<string, ExplainedImage>();

  const look = async (
    { imageFolder, architecture }: PlatformFacts,
    image: ToolchainImage | undefined,
    lookup: Omit<EnsureImageOptions, "facts" | "toolchain"> | undefined,
  ): Promise<ExplainedImage> => {
    const name = `${imageFolder}-${architecture}${image === undefined ? "" : `-${image}`}`;
    const each = platforms[`${imageFolder}-${architecture}`];
    const { reference, exists } =
      lookup === undefined
        ? { reference: undefined, exists: false }
        : await findImage(daemon, { ...lookup, facts: each, toolchain: image });
    const explained = { name, exists, ...(reference === undefined ? {} : { reference }) };
    images.set(name, explained);
    return explained;
  };
  const platform = (each: PlatformFacts) =>
    look(each, undefined, { baseImage: baseImages[each.platform], certificates });
  const onTop = (each: PlatformFacts, image: ToolchainImage, base: ExplainedImage, more = {}) =>
    look(each, image, base.exists ? { baseImage: base.reference, ...more } : undefined);

  const machineFacts = platforms[`${facts.imageFolder}-${machine}`];
  const ofMachine = await platform(machineFacts);
  const ofPlatform = machineFacts === facts ? ofMachine : await platform(facts);
  if (toolchain === "typescript") return [...images.values()];
  const [runner, base] = way === "emulated" ? [facts, ofPlatform] : [machineFacts, ofMachine];
  const make = await onTop(runner, "make", base);
  const compilers = toolchain === "rust" || toolchain === "go" ? await onTop(runner, toolchain, make) : make;
  if (way === "cross") {
    const target = await onTop(facts, "make", ofPlatform);
    const machineName = facts.architecture === "arm64" ? "aarch64" : "x86_64";
    await onTop(machineFacts, "cross", target.exists ? compilers : target, {
      baseImage: compilers.reference,
      buildArguments: { TARGET_IMAGE: target.reference, TARGET_MACHINE: machineName },
    });
  }
  return [...images.values()];
}
