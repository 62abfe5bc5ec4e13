/** A podman of the test's own, beside whatever the machine has: its images and containers lie in a folder that goes with it. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { probeDaemon } from "../../docker/probe-daemon.ts";
import type { Platform } from "../../images/platforms.ts";
import { runnableBaseImage } from "./docker.ts";

export interface Podman {
  /** Such as `unix:///tmp/…/podman.sock`. */
  readonly address: string;
  /** The base image of the tests, by podman's name for it. */
  readonly baseImage: (platform: Platform) => string;
  stop(): Promise<void>;
}

/** Starts one that holds the base images, or tells why that cannot be. */
export async function startPodman(platforms: readonly Platform[]): Promise<Podman | string> {
  if (process.getuid?.() !== 0) return "podman's tests need root";
  for (const program of ["podman", "catatonit"]) {
    if (spawnSync(program, ["--version"]).error !== undefined) return `${program} is not installed`;
  }
  const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-podman-"));
  // Podman asks for more open files and processes than a machine may allow.
  const limits = ["nofile=4096:4096", "nproc=4096:4096"].map((each) => JSON.stringify(each)).join(", ");
  const configuration = `[containers]\ndefault_ulimits = [${limits}]\n[engine]\ncgroup_manager = "cgroupfs"\n`;
  writeFileSync(join(folder, "containers.conf"), configuration);
  const environment = { ...process.env, CONTAINERS_CONF: join(folder, "containers.conf"), TMPDIR: folder };
  const places = ["--root", join(folder, "root"), "--runroot", join(folder, "runroot")];
  const podman = (...args: string[]) =>
    spawnSync("podman", [...places, ...args], { env: environment, encoding: "utf8", timeout: 120_000 });
  const remove = (): void => {
    podman("rm", "--all", "--force");
    // What is left of mounts would be removed with what is mounted.
    for (const mount of mountsIn(folder)) spawnSync("umount", ["--lazy", mount]);
    rmSync(folder, { recursive: true, force: true });
  };
  for (const platform of platforms) {
    const image = runnableBaseImage(platform);
    const archive = join(folder, "image.tar");
    const saved = spawnSync("docker", ["save", "--output", archive, image], { encoding: "utf8" });
    const loaded = saved.status === 0 ? podman("load", "--input", archive) : saved;
    rmSync(archive, { force: true });
    if (loaded.status !== 0) return (remove(), `podman cannot load ${image}: ${loaded.stderr}`);
  }
  const [first] = platforms;
  const probe = podman("run", "--rm", "--init", `localhost/${runnableBaseImage(first ?? "al2023-x86_64")}`, "true");
  if (probe.status !== 0) return (remove(), `podman starts no containers here: ${probe.stderr.trim()}`);
  const socketPath = join(folder, "podman.sock");
  const service = spawn("podman", [...places, "system", "service", "--time=0", `unix://${socketPath}`], {
    env: environment,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => service.once("exit", resolve));
  await vi.waitFor(
    async () => expect(await probeDaemon({ kind: "socket", socketPath }, { timeoutMs: 1000 })).toBeUndefined(),
    { timeout: 20_000 },
  );
  return {
    address: `unix://${socketPath}`,
    baseImage: (platform) => `localhost/${runnableBaseImage(platform)}`,
    async stop() {
      service.kill();
      await ended;
      remove();
    },
  };
}

/** proc(5): the fifth field of mountinfo; the deepest first. */
function mountsIn(folder: string): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path.startsWith(folder))
    .toSorted()
    .toReversed();
}
