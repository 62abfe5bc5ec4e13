/** The images, built where nothing of them is there: seconds of each step. Base images as in the tests; nothing is pulled. */
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ImageEvent, ToolchainImage } from "../docker/index.ts";
import { platforms } from "../images/platforms.ts";
import { benchFolder, importDist } from "./bench-folder.ts";
import { printTable } from "./print-table.ts";
import { format } from "./statistics.ts";

const facts = platforms[process.arch === "arm64" ? "al2023-arm64" : "al2023-x86_64"];
const toolchains: readonly ToolchainImage[] = ["make", "go", "node"];

/** Prints a table for each image. */
export async function measureImages(): Promise<void> {
  const { ensureImage, findDaemon } = await importDist<typeof import("../docker/index.ts")>("docker/index.js");
  const daemon = await findDaemon({ environment: process.env });
  const references: string[] = [];
  const measure = async (name: string, options: Partial<Parameters<typeof ensureImage>[1]>): Promise<string> => {
    const steps: { instruction: string; atMs: number }[] = [];
    const onEvent = (event: ImageEvent): void => {
      if (event.type === "build-step") steps.push({ instruction: event.instruction, atMs: performance.now() });
    };
    const startedMs = performance.now();
    const { reference } = await ensureImage(daemon, { facts, ...options, onEvent });
    references.push(reference);
    const endedMs = performance.now();
    printTable(
      `images: seconds of each step of ${name}, ${format((endedMs - startedMs) / 1000)} in all`,
      ["", "s"],
      steps.map(({ instruction, atMs }, index) => [
        instruction.length <= 100 ? instruction : `${instruction.slice(0, 100)}…`,
        (((steps[index + 1]?.atMs ?? endedMs) - atMs) / 1000).toFixed(1),
      ]),
    );
    return reference;
  };
  try {
    // A base that no layer of the daemon stands on.
    const standIn = `runtime-aws-lambda-test/amazonlinux:${facts.imageFolder.slice(2)}-${facts.architecture}`;
    const folder = benchFolder.make("images");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "Dockerfile"), `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\nLABEL bench=${randomUUID()}\n`);
    const base = await measure("the base", { baseImage: standIn, dockerfilePath: join(folder, "Dockerfile") });
    const platform = await measure(facts.platform, { baseImage: base });
    let make = "";
    for (const toolchain of toolchains) {
      // oxlint-disable-next-line no-await-in-loop -- side by side they would measure each other
      const reference = await measure(`${facts.platform}-${toolchain}`, {
        toolchain,
        baseImage: toolchain === "make" ? platform : make,
      });
      if (toolchain === "make") make = reference;
    }
  } finally {
    // oxlint-disable-next-line no-await-in-loop -- those on top first
    for (const reference of references.toReversed()) await daemon.removeImage(reference);
  }
}
