/** Images built, found again and refused, on a real daemon. */
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureImage, runContainer, sweep, type EnsureImageOptions, type ImageEvent } from "../../docker/index.ts";
import { labelNames } from "../../docker/owner-labels.ts";
import { imageReference, readRecipe } from "../../docker/image-recipe.ts";
import { platformNames, platforms } from "../../images/platforms.ts";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { dockerTest, labelFilter, runnableBaseImage, type DockerTestContext } from "../support/docker.ts";

const native = { platforms: ["al2-x86_64"] } as const;

/** A Dockerfile of the test's own, so that no other test's image is touched. */
async function withDockerfile({ folder, labels }: DockerTestContext, ...lines: string[]): Promise<EnsureImageOptions> {
  const dockerfilePath = join(folder, "Dockerfile");
  // The role stands in the Dockerfile as well: the labels of a build request go on its last image only, not on the steps
  // which a failed build leaves.
  const unique = `LABEL ${labelNames.role}=image ${labelFilter(labels).join(" ")}`;
  const base = ["ARG BASE_IMAGE=scratch", "FROM ${BASE_IMAGE}"];
  await writeFile(dockerfilePath, [...base, unique, ...lines, ""].join("\n"));
  return { facts: platforms["al2-x86_64"], baseImage: runnableBaseImage("al2-x86_64"), dockerfilePath, labels };
}

dockerTest("builds once and finds it ever after", native, async (context) => {
  const { daemon } = context;
  const events: ImageEvent[] = [];
  const options = await withDockerfile(context, "RUN echo hello from the build", "WORKDIR /var/task");
  const first = await ensureImage(daemon, { ...options, onEvent: (event) => events.push(event) });
  try {
    expect(first).toMatchObject({ built: true, imageId: expect.stringMatching(/^sha256:/) as string });
    expect(first.reference).toMatch(/^runtime-aws-lambda\/al2-x86_64:[0-9a-f]{16}$/);
    expect(events[0]).toEqual({ type: "build-started", reference: first.reference });
    expect(events).toContainEqual(
      expect.objectContaining({ type: "build-step", instruction: "RUN echo hello from the build" }),
    );
    expect(events).toContainEqual({ type: "build-log", line: "hello from the build" });
    const second = await ensureImage(daemon, { ...options, onEvent: () => expect.unreachable("nothing is built") });
    expect(second).toEqual({ ...first, built: false });
  } finally {
    await daemon.removeImage(first.reference);
  }
});

dockerTest("two builds that want one image at once build it once", native, async (context) => {
  const { daemon } = context;
  const options = await withDockerfile(context, "RUN echo built by one");
  let steps = 0;
  const count = (event: ImageEvent): void => {
    if (event.type === "build-log" && event.line === "built by one") steps++;
  };
  const both = await Promise.all([1, 2].map(() => ensureImage(daemon, { ...options, onEvent: count })));
  try {
    expect(both.filter(({ built }) => built)).toHaveLength(1);
    expect(both[0]?.imageId).toBe(both[1]?.imageId);
    expect(steps).toBe(1);
  } finally {
    await daemon.removeImage(both[0]?.reference ?? "");
  }
});

dockerTest("a RUN that fails is told with step, exit code and log", native, async (context) => {
  const options = await withDockerfile(context, "RUN (seq 1 100; echo 'no such package: gcc') >&2; exit 7", "RUN true");
  await expect(ensureImage(context.daemon, options)).rejects.toMatchObject({
    code: "IMAGE_BUILD_FAILED",
    step: expect.stringMatching(/^step 4\/\d: RUN \(seq 1 100;/) as string,
    exitCode: 7,
    hint: expect.any(String) as string,
    message: expect.stringContaining("al2-x86_64 failed at step 4/") as string,
  });
  await ensureImage(context.daemon, options).catch(({ logTail }: { logTail: readonly string[] }) => {
    expect(logTail).toHaveLength(40);
    expect(logTail).toContain("no such package: gcc");
  });
  await sweepOwn(context);
});

dockerTest(
  "certificates that are handed over are trusted in the image",
  native,
  async ({ daemon, folder, labels, skip }) => {
    skipWithReason(skip, whyNoProgram("openssl", "version"));
    const path = join(folder, "certificate.pem");
    const request = [
      "req",
      "-x509",
      "-newkey",
      "ed25519",
      "-nodes",
      "-subj",
      "/CN=test",
      "-keyout",
      join(folder, "key"),
    ];
    execFileSync("openssl", [...request, "-out", path], { stdio: "ignore" });
    const certificates = await readFile(path);
    const facts = platforms["al2-x86_64"];
    const { reference } = await ensureImage(daemon, {
      facts,
      baseImage: runnableBaseImage(facts.platform),
      certificates,
      labels,
    });
    try {
      const line = certificates.toString().split("\n")[2] ?? "";
      const command = ["grep", "--count", "--fixed-strings", line, "/etc/pki/tls/certs/ca-bundle.crt"] as const;
      const { logTail } = await runContainer(daemon, { image: reference, facts, command, labels });
      expect(logTail).toEqual(["1"]);
    } finally {
      await daemon.removeImage(reference);
    }
  },
);

dockerTest("a Dockerfile that cannot be parsed fails without step", native, async (context) => {
  const options = await withDockerfile(context, "FETCH everything");
  const failing = ensureImage(context.daemon, options);
  await expect(failing).rejects.toMatchObject({ code: "IMAGE_BUILD_FAILED", step: undefined, exitCode: undefined });
});

dockerTest("an abort stops the build and leaves no container", native, async (context) => {
  const options = await withDockerfile(context, "RUN echo up && sleep 1000");
  const controller = new AbortController();
  const reason = new Error("Ctrl-C");
  const onEvent = (event: ImageEvent): void => {
    if (event.type === "build-log" && event.line === "up") {
      controller.abort(reason);
    }
  };
  await expect(ensureImage(context.daemon, { ...options, onEvent, signal: controller.signal })).rejects.toBe(reason);
  await stepEnded(context);
  await sweepOwn(context);
});

dockerTest("a base image that cannot be pulled", {}, async (context) => {
  const options = await withDockerfile(context, "RUN true");
  // Port 1 of this machine: nothing listens there, and no other host is asked.
  const baseImage = "127.0.0.1:1/base:1";
  const failing = ensureImage(context.daemon, { ...options, baseImage });
  await expect(failing).rejects.toMatchObject({
    code: "BASE_IMAGE_UNAVAILABLE",
    message: expect.stringMatching(/^The base image 127\.0\.0\.1:1\/base:1 .*refused/) as string,
    hint: expect.stringContaining("--base-image") as string,
  });
});

dockerTest(
  "a local base image of the wrong architecture is refused before the build",
  { platforms: ["al2-arm64"] },
  async (context) => {
    const options = await withDockerfile(context, "RUN true");
    const failing = ensureImage(context.daemon, {
      ...options,
      baseImage: runnableBaseImage("al2-arm64"),
      onEvent: () => expect.unreachable("nothing is pulled or built"),
    });
    await expect(failing).rejects.toMatchObject({ code: "IMAGE_WRONG_ARCHITECTURE" });
  },
);

dockerTest(
  "an image that came out for the wrong architecture is refused and removed",
  { platforms: ["al2-x86_64", "al2-arm64"] },
  async (context) => {
    const { folder, labels, daemon } = context;
    const options = await withDockerfile(context);
    // A Dockerfile that goes past BASE_IMAGE: the classic builder takes its arm64 base for an amd64 image without a word.
    const dockerfilePath = join(folder, "Fixed.Dockerfile");
    await writeFile(dockerfilePath, `FROM ${runnableBaseImage("al2-arm64")}\nLABEL ${labelFilter(labels).join(" ")}\n`);
    const failing = ensureImage(daemon, { facts: options.facts, dockerfilePath, labels });
    await expect(failing).rejects.toMatchObject({ code: "IMAGE_WRONG_ARCHITECTURE" });
    const recipe = await readRecipe(options.facts, { path: dockerfilePath });
    const reference = imageReference({ recipe, facts: options.facts, baseImage: undefined, localBase: undefined });
    expect(await daemon.inspectImage(reference)).toBeUndefined();
  },
);

dockerTest("builds for arm64", { platforms: ["al2-arm64"] }, async (context) => {
  const facts = platforms["al2-arm64"];
  const lines: string[] = [];
  const options = {
    ...(await withDockerfile(context, "RUN uname -m")),
    facts,
    baseImage: runnableBaseImage("al2-arm64"),
  };
  const { reference } = await ensureImage(context.daemon, {
    ...options,
    onEvent: (event) => void (event.type === "build-log" && lines.push(event.line)),
  });
  expect(await context.daemon.removeImage(reference)).toBe(true);
  expect(lines).toContain("aarch64");
});

test("the packaged Dockerfile of every platform is found and names its base", async () => {
  for (const name of platformNames) {
    const facts = platforms[name];
    const recipe = await readRecipe(facts);
    const path = new URL(`../../images/${facts.imageFolder}/Dockerfile`, import.meta.url);
    expect(recipe.dockerfile.equals(await readFile(path))).toBe(true);
    expect(recipe.defaultBaseImage).toBe(`public.ecr.aws/amazonlinux/amazonlinux:${facts.imageFolder.slice(2)}`);
  }
});

test("the name follows Dockerfile, platform, base image, the id of a local base, arguments and certificates", () => {
  const recipe = { toolchain: undefined, dockerfile: Buffer.from("FROM a\n"), defaultBaseImage: undefined };
  const local = { imageId: "sha256:1", dockerArchitecture: "amd64" };
  const plain = { recipe, facts: platforms["al2-x86_64"], baseImage: "a", localBase: undefined };
  const names = [
    plain,
    { ...plain, recipe: { ...recipe, dockerfile: Buffer.from("FROM b\n") } },
    { ...plain, recipe: { ...recipe, toolchain: "rust" as const } },
    { ...plain, facts: platforms["al2-arm64"] },
    { ...plain, facts: platforms["al2023-x86_64"] },
    { ...plain, baseImage: "b" },
    { ...plain, localBase: local },
    { ...plain, localBase: { ...local, imageId: "sha256:2" } },
    { ...plain, buildArguments: { A: "b" } },
    { ...plain, certificates: Buffer.from("c") },
  ].map((each) => imageReference(each));
  expect(new Set(names).size).toBe(names.length);
  expect(imageReference({ ...plain, localBase: { ...local } })).toBe(names[6]);
  expect(names[2]).toMatch(/^runtime-aws-lambda\/al2-x86_64-rust:[0-9a-f]{16}$/);
});

/** After an abort the daemon needs a moment to end the step: until the container is gone. */
async function stepEnded({ daemon, labels }: DockerTestContext): Promise<void> {
  const filter = labelFilter(labels);
  await expect.poll(() => daemon.listContainers(filter, undefined), { timeout: 20_000 }).toEqual([]);
}

/** What a failed build leaves are its finished steps; they are ours by label, and the sweep takes them. */
async function sweepOwn({ daemon, labels }: DockerTestContext): Promise<void> {
  const filter = labelFilter(labels);
  expect(await daemon.listDanglingImages(filter, undefined)).toHaveLength(1);
  expect((await sweep(daemon, { labels })).images, "too young").toEqual([]);
  // More than once: the daemon may still be busy with the last step.
  const left = async (): Promise<number> => {
    // Side by side, as several emulators and builds do it.
    await Promise.all([1, 2, 3, 4].map(() => sweep(daemon, { labels, imageAgeMs: 0 })));
    return (await daemon.listDanglingImages(filter, undefined)).length;
  };
  await expect.poll(left, { timeout: 20_000 }).toBe(0);
}
