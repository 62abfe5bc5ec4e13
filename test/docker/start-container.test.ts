/** Containers that keep running, on a real daemon. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "vitest";
import { findDaemon, gatewayAddress, startContainer, sweep, type ContainerOptions } from "../../docker/index.ts";
import { labelNames, ownerLabels } from "../../docker/owner-labels.ts";
import type { ContainerExit } from "../../docker/start-container.ts";
import { platforms } from "../../images/platforms.ts";
import { startDaemonRelay } from "../support/daemon-relay.ts";
import { dockerTest, runnableBaseImage, type DockerTestContext } from "../support/docker.ts";

const native = { platforms: ["al2-x86_64"] } as const;

function shell({ labels }: DockerTestContext, script: string): ContainerOptions {
  return {
    image: runnableBaseImage("al2-x86_64"),
    facts: platforms["al2-x86_64"],
    command: ["/bin/sh", "-c", script],
    networkMode: "none",
    labels,
  };
}

dockerTest("passes signals on, tells the exit, and is removed as often as one likes", native, async (context) => {
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const container = await startContainer(context.daemon, {
    ...shell(context, "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"),
    onOutput: () => resolve(),
  });
  await ready;
  await container.kill("SIGTERM");
  expect(await container.exited).toMatchObject({ exitCode: 7, logTail: ["ready"] });
  await container.kill();
  await container.remove();
  await container.remove();
});

dockerTest("removing a running container ends it", native, async (context) => {
  const container = await startContainer(context.daemon, shell(context, "exec sleep 1000"));
  await container.remove();
  await container.exited.catch(() => undefined);
});

dockerTest("an abort removes it, and its exit rejects with the reason", native, async (context) => {
  const controller = new AbortController();
  const options = { ...shell(context, "exec sleep 1000"), signal: controller.signal };
  const container = await startContainer(context.daemon, options);
  const reason = new Error("stop");
  controller.abort(reason);
  await expect(container.exited).rejects.toBe(reason);
});

dockerTest("tells the peak memory, also after the memory was given back", native, async (context) => {
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const container = await startContainer(context.daemon, {
    ...shell(context, "dd if=/dev/zero of=/dev/null bs=40M count=1 2>/dev/null; echo done; exec sleep 1000"),
    memoryMib: 128,
    onOutput: () => resolve(),
  });
  try {
    await ready;
    const { peakMemoryBytes } = await container.stats();
    expect(peakMemoryBytes).toBeGreaterThan(40 * 1024 * 1024);
    expect(peakMemoryBytes).toBeLessThanOrEqual(128 * 1024 * 1024);
  } finally {
    await container.remove();
  }
});

// dockerd says so when it hears of the end before it hears of the reason.
dockerTest("a lack of memory that only the events tell", native, async (context) => {
  await using relay = await startDaemonRelay(context.daemon, undefined, (answer) =>
    answer.replace('"OOMKilled":true', '"OOMKilled":null'),
  );
  const far = await findDaemon({ dockerHost: relay.address, environment: {} });
  const endOf = async (script: string): Promise<ContainerExit> => {
    const container = await startContainer(far, { ...shell(context, script), memoryMib: 32 });
    try {
      return await container.exited;
    } finally {
      await container.remove();
    }
  };
  let end = await endOf("exec tail /dev/zero");
  // As in run-container.test.ts: sometimes there is no event, and then nobody can tell.
  for (let again = 0; again < 2 && !end.outOfMemory; again++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    end = await endOf("exec tail /dev/zero");
  }
  expect(end).toMatchObject({ exitCode: 137, outOfMemory: true });
  expect(await endOf("kill -KILL $$")).toMatchObject({ exitCode: 137, outOfMemory: false });
});

dockerTest("mounts a folder read-only", native, async (context) => {
  await writeFile(join(context.folder, "note"), "from the host");
  const container = await startContainer(context.daemon, {
    ...shell(context, "cat /mnt/in/note; echo; touch /mnt/in/new || exit 5"),
    mounts: [{ folder: context.folder, path: "/mnt/in" }],
  });
  try {
    const exit = await container.exited;
    expect(exit.exitCode).toBe(5);
    expect(exit.logTail).toContain("from the host");
  } finally {
    await container.remove();
  }
});

dockerTest("a container reaches a server of this machine at the gateway address", native, async (context) => {
  const { listenAddress, containerAddress } = await gatewayAddress(context.daemon);
  const { promise: asked, resolve } = Promise.withResolvers<string | undefined>();
  const server = http.createServer((request, response) => {
    resolve(request.url);
    response.end();
  });
  await new Promise<void>((listening) => server.listen({ host: listenAddress, port: 0 }, listening));
  const { port } = server.address() as AddressInfo;
  // bash, as Amazon Linux has neither a full curl nor wget.
  const ask = `exec 3<>/dev/tcp/${containerAddress}/${port} && printf 'GET /from-inside HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;
  const container = await startContainer(context.daemon, {
    ...shell(context, ""),
    command: ["/bin/bash", "-c", ask],
    networkMode: "bridge",
  });
  try {
    const exit = await container.exited;
    expect(exit).toMatchObject({ exitCode: 0 });
    expect(await asked).toBe("/from-inside");
  } finally {
    await container.remove();
    server.close();
  }
});

dockerTest(
  "the sweep removes a dead owner's container, not a living one's or another host's",
  native,
  async (context) => {
    const { daemon, labels } = context;
    // A pid that was this machine's a moment ago and is nobody's now.
    const deadPid = execFileSync("/bin/sh", ["-c", "echo $$"], { encoding: "utf8" }).trim();
    const create = async (owner: Readonly<Record<string, string>>): Promise<string> =>
      daemon.createContainer(`runtime-aws-lambda-test-${crypto.randomUUID()}`, "linux/amd64", {
        Image: runnableBaseImage("al2-x86_64"),
        Entrypoint: ["/bin/true"],
        Labels: { ...labels, ...ownerLabels(), ...owner },
      });
    const mine = await create({});
    const elsewhere = await create({ [labelNames.ownerPid]: deadPid, [labelNames.ownerHost]: "another-host" });
    const dead = await create({ [labelNames.ownerPid]: deadPid });
    await create({ [labelNames.ownerPid]: deadPid, swept: "first" });
    const reusedPid = await create({ [labelNames.ownerStart]: "1" });
    try {
      await using relay = await startDaemonRelay(daemon, undefined, (answer) =>
        answer.replace("HTTP/1.1 204 No Content", "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0"),
      );
      const refusing = await findDaemon({ dockerHost: relay.address, environment: {} });
      expect(await sweep(refusing, { labels: { ...labels, swept: "first" } })).toEqual({ containers: [], images: [] });
      const swept = await sweep(daemon, { labels });
      expect(swept.containers.toSorted()).toEqual([dead, reusedPid].toSorted());
    } finally {
      await Promise.all([mine, elsewhere, dead, reusedPid].map((id) => daemon.removeContainer(id)));
    }
  },
);
