import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { removeCaches, runContainer, startContainer, sweepCaches } from "../../docker/index.ts";
import { platforms } from "../../images/platforms.ts";
import { dockerTest, runnableBaseImage, type DockerTestContext } from "../support/docker.ts";

const platform = process.arch === "arm64" ? "al2023-arm64" : "al2023-x86_64";
const native = { platforms: [platform] } as const;

function container({ labels }: DockerTestContext, command: string, volume: string, project?: string) {
  const owner = { "runtime-aws-lambda.owner-host": hostname() };
  return {
    image: runnableBaseImage(platform),
    facts: platforms[platform],
    command: ["/bin/sh", "-c", command] as const,
    labels,
    mounts: [
      {
        volume,
        path: "/cache",
        ...(project === undefined ? {} : { labels: { "runtime-aws-lambda.project": project, ...owner } }),
      },
    ],
  };
}

dockerTest("a cache outlives its container, and goes when its project has gone", native, async (context) => {
  const { daemon, folder } = context;
  const [kept, stale] = [`test-${randomUUID()}`, `test-${randomUUID()}`];
  try {
    await runContainer(daemon, container(context, "echo warm > /cache/file", kept, folder));
    await runContainer(daemon, container(context, "echo warm > /cache/file", stale, join(folder, "gone")));
    const again = await runContainer(daemon, container(context, "cat /cache/file", kept, folder));
    expect(again).toMatchObject({ exitCode: 0, logTail: ["warm"] });
    const swept = await sweepCaches(daemon);
    expect(swept).toContain(stale);
    expect(swept).not.toContain(kept);
  } finally {
    await daemon.removeVolume(kept);
    await daemon.removeVolume(stale);
  }
});

dockerTest("clearing tells names and sizes, and leaves what is in use", native, async (context) => {
  const { daemon } = context;
  const prefix = `test-${randomUUID()}`;
  const [used, unused] = [`${prefix}-used`, `${prefix}-unused`];
  await runContainer(daemon, container(context, "head -c 100000 /dev/zero > /cache/file", unused));
  const running = await startContainer(daemon, container(context, "exec sleep 1000", used));
  try {
    const prefixes = { volumes: prefix, images: `${prefix}/` };
    const entries = await removeCaches(daemon, prefixes);
    expect(entries.toSorted((a, b) => (a.name < b.name ? 1 : -1))).toEqual([
      { kind: "volume", name: used, sizeBytes: 0, isRemoved: false },
      { kind: "volume", name: unused, sizeBytes: 100_000, isRemoved: true },
    ]);
    await running.remove();
    await expect(removeCaches(daemon, prefixes)).resolves.toMatchObject([{ name: used, isRemoved: true }]);
  } finally {
    await running.remove();
  }
});
