/** Containers from start to end, on a real daemon. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { findDaemon, runContainer, type RunContainerOptions } from "../../docker/index.ts";
import { platforms, type Platform } from "../../images/platforms.ts";
import { makeNotRunnableImage } from "../support/not-runnable-image.ts";
import { dockerTest, runnableBaseImage, type DockerTestContext } from "../support/docker.ts";

const native = { platforms: ["al2-x86_64"] } as const;

function shell({ labels }: DockerTestContext, script: string, platform: Platform = "al2-x86_64"): RunContainerOptions {
  return {
    image: runnableBaseImage(platform),
    facts: platforms[platform],
    command: ["/bin/sh", "-c", script],
    networkMode: "none",
    labels,
  };
}

dockerTest("copies files in and out, keeping bytes and modes", native, async (context) => {
  const large = Buffer.alloc(3_000_000, "0123456789abcdef");
  await writeFile(join(context.folder, "large"), large);
  const copied = join(context.folder, "copied");
  const made = join(context.folder, "made");
  const result = await runContainer(context.daemon, {
    ...shell(context, "cat /in/deep/small > /tmp/made && chmod 640 /tmp/made && /in/run.sh && mv /in/large /tmp/large"),
    files: [
      { path: "/in/deep/small", content: Buffer.from("grün"), mode: 0o644 },
      { path: "/in/run.sh", content: Buffer.from("#!/bin/sh\necho ran\n"), mode: 0o755 },
      { path: "/in/large", content: { fromFile: join(context.folder, "large") }, mode: 0o755 },
    ],
    outputs: [
      { path: "/tmp/large", destination: copied },
      { path: "/tmp/made", destination: made },
      { path: "/tmp/never-made", destination: join(context.folder, "never") },
    ],
  });
  expect(result).toMatchObject({ exitCode: 0, outOfMemory: false, logTail: ["ran"] });
  expect([...result.outputs]).toEqual([
    ["/tmp/large", { sizeBytes: large.length, mode: 0o755 }],
    ["/tmp/made", { sizeBytes: 5, mode: 0o640 }],
  ]);
  expect(large.equals(await readFile(copied))).toBe(true);
  expect((await stat(copied)).mode & 0o777).toBe(0o755);
  expect(await readFile(made, "utf8")).toBe("grün");
});

dockerTest("tells exit code, both streams, environment and working directory", native, async (context) => {
  const seen = { stdout: "", stderr: "" };
  const result = await runContainer(context.daemon, {
    ...shell(context, 'echo "$GREETING from $PWD as $(id -u)"; echo trouble >&2; exit 3'),
    environment: { GREETING: "héllo=1" },
    workingDirectory: "/tmp",
    user: "1000:1000",
    onOutput: (stream, chunk) => {
      seen[stream] += chunk.toString();
    },
  });
  expect(seen).toEqual({ stdout: "héllo=1 from /tmp as 1000\n", stderr: "trouble\n" });
  expect(result.exitCode).toBe(3);
  expect(result.logTail.toSorted()).toEqual(["héllo=1 from /tmp as 1000", "trouble"]);
});

dockerTest("keeps the last 40 lines of long output and loses none on the way", native, async (context) => {
  let bytes = 0;
  const result = await runContainer(context.daemon, {
    ...shell(context, "i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo line $i; done"),
    onOutput: (_stream, chunk) => {
      bytes += chunk.length;
    },
  });
  expect(result.logTail).toHaveLength(40);
  expect(result.logTail.at(-1)).toBe("line 5000");
  expect(bytes).toBe(Array.from({ length: 5000 }, (_, index) => `line ${index + 1}\n`).join("").length);
});

dockerTest("flags a container that ran out of memory", native, async (context) => {
  const fill = "exec dd if=/dev/zero of=/dev/null bs=200M count=1";
  const run = () => runContainer(context.daemon, { ...shell(context, fill), memoryMib: 16 });
  let result = await run();
  // Beside a load of eight containerd has lost the kernel's word for one in 70, and then nobody can tell.
  for (let again = 0; again < 2 && !result.outOfMemory; again++) {
    expect(result.exitCode).toBe(137);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    result = await run();
  }
  expect(result).toMatchObject({ exitCode: 137, outOfMemory: true });
});

dockerTest("an abort removes the running container and rejects with its reason", native, async (context) => {
  const controller = new AbortController();
  const reason = new Error("Ctrl-C");
  const running = runContainer(context.daemon, {
    ...shell(context, "echo up; exec sleep 1000"),
    signal: controller.signal,
    onOutput: () => controller.abort(reason),
  });
  await expect(running).rejects.toBe(reason);
});

dockerTest("an abort before the start, and a file that cannot be read, leave nothing", native, async (context) => {
  const reason = new Error("never mind");
  const aborted = runContainer(context.daemon, { ...shell(context, "true"), signal: AbortSignal.abort(reason) });
  await expect(aborted).rejects.toBe(reason);
  const missing = { path: "/x", content: { fromFile: join(context.folder, "missing") }, mode: 0o644 };
  const unreadable = runContainer(context.daemon, { ...shell(context, "true"), files: [missing] });
  await expect(unreadable).rejects.toMatchObject({ code: "ENOENT" });
});

dockerTest("what onOutput throws ends the container", native, async (context) => {
  const mistake = new Error("reporter broke");
  const running = runContainer(context.daemon, {
    ...shell(context, "echo up; exec sleep 1000"),
    onOutput: () => {
      throw mistake;
    },
  });
  await expect(running).rejects.toBe(mistake);
});

dockerTest("a program that does not exist is the daemon's refusal or exit code 127", native, async (context) => {
  const options = { ...shell(context, ""), command: ["/no/such/program"] } as const;
  const outcome = await runContainer(context.daemon, options).then(
    ({ exitCode }) => exitCode,
    (error: { code: string }) => error.code,
  );
  expect([127, "DOCKER_REQUEST_FAILED"]).toContain(outcome);
});

dockerTest("refuses an output that is no regular file", native, async (context) => {
  const running = runContainer(context.daemon, {
    ...shell(context, "ln -s /etc/passwd /tmp/link"),
    outputs: [{ path: "/tmp/link", destination: join(context.folder, "link") }],
  });
  await expect(running).rejects.toMatchObject({ code: "ENTRY_REFUSED" });
});

dockerTest("a missing image is a refused request", {}, async ({ daemon, labels }) => {
  const image = "runtime-aws-lambda-test/no-such-image:1";
  const running = runContainer(daemon, { image, facts: platforms["al2-x86_64"], command: ["/bin/true"], labels });
  await expect(running).rejects.toMatchObject({ code: "DOCKER_REQUEST_FAILED", statusCode: 404 });
});

dockerTest("runs arm64", { platforms: ["al2023-arm64"] }, async (context) => {
  const result = await runContainer(context.daemon, shell(context, "uname -m", "al2023-arm64"));
  expect(result).toMatchObject({ exitCode: 0, logTail: ["aarch64"] });
});

dockerTest("a failing arm64 program is a result where arm64 runs", { platforms: ["al2023-arm64"] }, async (context) => {
  const result = await runContainer(context.daemon, shell(context, "exit 1", "al2023-arm64"));
  expect(result.exitCode).toBe(1);
});

dockerTest("says so when nothing of the architecture runs", {}, async ({ labels }) => {
  // Its own, since a daemon that ran a foreign program once is believed ever after.
  const daemon = await findDaemon({ environment: process.env });
  const { architecture } = await daemon.info();
  const facts = platforms[architecture === "arm64" ? "al2-x86_64" : "al2-arm64"];
  const reference = await makeNotRunnableImage(daemon, facts);
  try {
    const running = runContainer(daemon, { image: reference, facts, command: ["/bin/sh"], labels });
    await expect(running).rejects.toMatchObject({
      code: "PLATFORM_NOT_RUNNABLE",
      hint: expect.stringContaining(`--install ${facts.dockerArchitecture}`) as string,
    });
  } finally {
    await daemon.removeImage(reference);
  }
});
