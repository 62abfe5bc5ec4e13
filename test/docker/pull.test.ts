/** Base images pulled by the real daemon from a registry of the test's own. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { ensureImage, type EnsureImageOptions, type ImageEvent } from "../../docker/index.ts";
import { platforms } from "../../images/platforms.ts";
import { dockerTest, labelFilter, type DockerTestContext } from "../support/docker.ts";
import { startImageRegistry } from "../support/image-registry.ts";

const facts = platforms["al2023-x86_64"];

async function onTopOf(baseImage: string, { folder, labels }: DockerTestContext): Promise<EnsureImageOptions> {
  const dockerfilePath = join(folder, "Dockerfile");
  await writeFile(dockerfilePath, `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\nLABEL ${labelFilter(labels).join(" ")}\n`);
  return { facts, baseImage, dockerfilePath, labels };
}

dockerTest("a base image is pulled once, and its digest is known ever after", {}, async (context) => {
  const { daemon } = context;
  await using registry = await startImageRegistry(facts.dockerArchitecture);
  const options = await onTopOf(`${registry.name}:1`, context);
  const first = await ensureImage(daemon, options);
  try {
    expect(first).toMatchObject({ built: true, baseImage: `${registry.name}@${registry.digest()}` });
    const asked = registry.requests.length;
    expect(await ensureImage(daemon, options)).toEqual({ ...first, built: false });
    expect(registry.requests).toHaveLength(asked);
  } finally {
    await daemon.removeImage(first.reference);
    await daemon.removeImage(options.baseImage ?? "");
  }
});

dockerTest("--pull takes what the registry has by now; a name with a digest stays what it is", {}, async (context) => {
  const { daemon } = context;
  await using registry = await startImageRegistry(facts.dockerArchitecture);
  const options = await onTopOf(`${registry.name}:1`, context);
  const pinned = await onTopOf(`${registry.name}@${registry.digest()}`, context);
  const made = [await ensureImage(daemon, options)];
  try {
    await registry.publish();
    made.push(await ensureImage(daemon, options), await ensureImage(daemon, { ...options, pull: true }));
    const [first, stale, fresh] = made;
    expect(stale).toEqual({ ...first, built: false });
    expect(fresh).toMatchObject({ built: true, baseImage: `${registry.name}@${registry.digest()}` });
    expect(fresh?.imageId).not.toBe(first?.imageId);
    made.push(await ensureImage(daemon, { ...pinned, pull: true }));
    expect(made[3]?.baseImage).toBe(first?.baseImage);
  } finally {
    for (const { reference } of made) {
      // oxlint-disable-next-line no-await-in-loop -- few
      await daemon.removeImage(reference);
    }
    await daemon.removeImage(options.baseImage ?? "");
    await daemon.removeImage(pinned.baseImage ?? "");
  }
});

dockerTest("a network that goes away in the middle of a layer", { timeoutMs: 120_000 }, async (context) => {
  // The daemon tries a layer again, after 5 seconds, and up to five times if nobody tells it that there is none.
  let hasFailed = false;
  await using registry = await startImageRegistry(facts.dockerArchitecture, (response, layer) => {
    if (hasFailed) return void response.writeHead(404).end();
    hasFailed = true;
    response.writeHead(200, { "Content-Length": layer.length });
    response.write(layer.subarray(0, layer.length / 2), () => response.destroy());
  });
  const options = await onTopOf(`${registry.name}:1`, context);
  const statuses: string[] = [];
  const onEvent = (event: ImageEvent): void => void (event.type === "pull-progress" && statuses.push(event.status));
  await expect(ensureImage(context.daemon, { ...options, onEvent })).rejects.toMatchObject({
    code: "BASE_IMAGE_UNAVAILABLE",
    message: expect.stringMatching(/ is not on this machine and cannot be pulled: \w/) as string,
    hint: expect.stringContaining("--base-image") as string,
  });
  expect(statuses).toContain("Retrying in 5 seconds");
  expect(await context.daemon.inspectImage(options.baseImage ?? "")).toBeUndefined();
});

dockerTest("a pull that is called off ends at once", {}, async (context) => {
  const controller = new AbortController();
  const reason = new Error("Ctrl-C");
  // The first half of the layer, and then nothing more.
  await using registry = await startImageRegistry(facts.dockerArchitecture, (response, layer) => {
    response.writeHead(200, { "Content-Length": layer.length });
    response.write(layer.subarray(0, layer.length / 2), () => controller.abort(reason));
  });
  const options = await onTopOf(`${registry.name}:1`, context);
  await expect(ensureImage(context.daemon, { ...options, signal: controller.signal })).rejects.toBe(reason);
  expect(await context.daemon.inspectImage(options.baseImage ?? "")).toBeUndefined();
});
