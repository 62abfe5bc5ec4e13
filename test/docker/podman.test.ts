/** What is different with podman, and that it builds all the same: a real one, of the test's own. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { Daemon } from "../../docker/daemon.ts";
import {
  ensureImage,
  findDaemon,
  projectLabels,
  removeCaches,
  runContainer,
  startContainer,
  sweep,
  sweepCaches,
} from "../../docker/index.ts";
import { parseArchitecture, platforms, type Platform } from "../../images/platforms.ts";
import { whyNoContainers } from "../support/docker.ts";
import { startPodman, type Podman } from "../support/podman.ts";
import { skipWithReason } from "../support/requirement.ts";
import { runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 240_000;
const architecture = parseArchitecture(process.arch) ?? "x86_64";
const native: Platform = `al2023-${architecture}`;
const foreign: Platform = architecture === "x86_64" ? "al2023-arm64" : "al2023-x86_64";
const facts = platforms[native];

let podman: Podman | string;
let daemon: Daemon;
beforeAll(async () => {
  podman = (await whyNoContainers([native, foreign])) ?? (await startPodman([native, foreign]));
  if (typeof podman === "string") return;
  daemon = await findDaemon({ dockerHost: podman.address, environment: {} });
}, timeout);
afterAll(async () => {
  if (typeof podman !== "string") await podman.stop();
}, timeout);

/** Skips the test where there is no podman. */
function podmanOrSkip(skip: (note: string) => void): Podman {
  skipWithReason(skip, typeof podman === "string" ? podman : undefined);
  return podman as Podman;
}

const shell = ({ baseImage }: Podman, command: string, platform: Platform = native) => ({
  image: baseImage(platform),
  facts: platforms[platform],
  command: ["/bin/sh", "-c", command] as const,
});

test("is known as what it is", { timeout }, async ({ skip }) => {
  podmanOrSkip(skip);
  expect(await daemon.info()).toMatchObject({ kind: "podman", architecture, isRootless: false });
});

test(
  "an image is built once, and a step that fails is told with its exit code",
  { timeout },
  async ({ folder, skip }) => {
    const { baseImage } = podmanOrSkip(skip);
    const dockerfilePath = join(folder, "Dockerfile");
    const build = (step: string) => {
      writeFileSync(dockerfilePath, `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\nRUN ${step}\n`);
      return ensureImage(daemon, { facts, baseImage: baseImage(native), dockerfilePath });
    };
    const { reference } = await build("echo one");
    expect(await build("echo one")).toMatchObject({ reference, built: false });
    await expect(build("echo 'no such package: gcc'; exit 7")).rejects.toMatchObject({
      code: "IMAGE_BUILD_FAILED",
      step: expect.stringContaining("RUN echo 'no such package: gcc'; exit 7") as string,
      exitCode: 7,
      logTail: expect.arrayContaining(["no such package: gcc"]) as string[],
    });
  },
);

test("a base image that cannot be pulled is named", { timeout }, async ({ skip }) => {
  podmanOrSkip(skip);
  await expect(ensureImage(daemon, { facts, baseImage: "127.0.0.1:1/base:1" })).rejects.toMatchObject({
    code: "BASE_IMAGE_UNAVAILABLE",
    message: expect.stringMatching(/^The base image 127\.0\.0\.1:1\/base:1 .*refused/) as string,
  });
});

test(
  "files go in and come out of a container, also of the other architecture",
  { timeout },
  async ({ folder, skip }) => {
    const ours = podmanOrSkip(skip);
    for (const platform of [native, foreign]) {
      const destination = join(folder, platform);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const result = await runContainer(daemon, {
        ...shell(ours, "cat /work/in > /work/out; uname -m >> /work/out; echo told >&2; exit 3", platform),
        files: [{ path: "/work/in", content: Buffer.from("in\n"), mode: 0o644 }],
        outputs: [{ path: "/work/out", destination }],
      });
      expect(result).toMatchObject({ exitCode: 3, logTail: ["told"] });
      expect(readFileSync(destination, "utf8")).toBe(`in\n${platform.endsWith("arm64") ? "aarch64" : "x86_64"}\n`);
    }
    expect((await sweep(daemon)).containers).toEqual([]);
  },
);

test("a container that has ended can be killed and removed as often as one likes", { timeout }, async ({ skip }) => {
  const container = await startContainer(daemon, shell(podmanOrSkip(skip), "exit 5"));
  await expect(container.exited).resolves.toMatchObject({ exitCode: 5 });
  await container.kill();
  await container.remove();
  await container.remove();
});

test("a volume keeps what is in it, and goes when its project has gone", { timeout }, async ({ folder, skip }) => {
  const ours = podmanOrSkip(skip);
  const volumes = { kept: folder, stale: join(folder, "gone") };
  const run = (name: string, command: string) => {
    const labels = projectLabels(volumes[name as keyof typeof volumes]);
    const mounts = [{ volume: `test-${name}`, path: "/cache", labels }];
    return runContainer(daemon, { ...shell(ours, command), mounts });
  };
  await run("kept", "echo warm > /cache/file");
  await run("stale", "echo warm > /cache/file");
  await expect(run("kept", "cat /cache/file")).resolves.toMatchObject({ logTail: ["warm"] });
  expect(projectLabels(folder)).toMatchObject({ "runtime-aws-lambda.owner-host": hostname() });
  await expect(sweepCaches(daemon)).resolves.toEqual(["test-stale"]);
  const cleared = await removeCaches(daemon, { volumes: "test-", images: `none-${randomUUID()}` });
  expect(cleared).toMatchObject([{ kind: "volume", name: "test-kept", isRemoved: true }]);
});

test("TypeScript and C++ are built in it, and take an event there", { timeout }, async ({ folder, skip }) => {
  const { address, baseImage } = podmanOrSkip(skip);
  const images = [native, foreign].flatMap((each) => ["--base-image", `${each}=${baseImage(each)}`]);
  mkdirSync(join(folder, "out"));
  const build = async (project: string, platform: Platform) => {
    const args = [project, "--platform", platform, "--docker-host", address, ...images, "--out-dir", folder, "--json"];
    const { exitCode, stdout, stderr } = await runCommand("build", args);
    expect(exitCode, stderr).toBe(0);
    return (JSON.parse(stdout) as { builds: [{ report: { site: string; smokeRun: object } }] }).builds[0].report;
  };
  const answered = { status: "answered", detail: "answered the event {}" };
  for (const [project, platform] of [
    ["examples/hello", native],
    ["examples/hello", foreign],
    ["examples/cpp", native],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await build(project, platform)).toMatchObject({ site: "docker", smokeRun: answered });
  }
});
