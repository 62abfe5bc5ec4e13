/** What `build` can be told about Docker, shown from inside of the compilers' container. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { platforms } from "../../images/platforms.ts";
import { startDaemonRelay } from "../support/daemon-relay.ts";
import { baseImageFor, dockerTest } from "../support/docker.ts";
import { makeNotRunnableImage } from "../support/not-runnable-image.ts";
import { runCommand } from "../support/run-command.ts";

const platform = "al2023-x86_64";
const image = baseImageFor(platform);
const base = image === undefined ? [] : ["--base-image", image];
const native = { platforms: [platform], timeoutMs: 300_000 } as const;

/** A Makefile that says what the commands say, and makes a bootstrap that answers with it. */
function makeProject(folder: string, command: string): string {
  const project = join(folder, "project");
  mkdirSync(project);
  const recipe = `(echo '#!/bin/sh'; ${command} | sed 's/^/# /') > bootstrap && ${command} && chmod +x bootstrap`;
  writeFileSync(join(project, "Makefile"), `bootstrap:\n\t@${recipe}\n`);
  return project;
}

/** The lines that the commands say where the project is compiled. */
async function linesOf(command: string, folder: string, args: readonly string[], environment = {}): Promise<string[]> {
  const project = makeProject(folder, command);
  const build = (more: readonly string[]) =>
    runCommand("build", [project, "--platform", platform, ...base, "--no-smoke-run", "--verbose", ...more], {
      environment,
    });
  const { exitCode, stderr } = await build(args);
  expect(exitCode, stderr).toBe(0);
  return [...stderr.matchAll(/: compile \| (.*)$/gm)].map(([, line = ""]) => line);
}

describe("the compilers' container", () => {
  dockerTest("has the network that --network names", native, async ({ folder }) => {
    // The image comes first, whose packages are downloaded.
    mkdirSync(join(folder, "a"));
    expect(await linesOf("ls /sys/class/net", join(folder, "a"), [])).toEqual(["eth0", "lo"]);
    mkdirSync(join(folder, "b"));
    expect(await linesOf("ls /sys/class/net", join(folder, "b"), ["--network", "none"])).toEqual(["lo"]);
  });

  dockerTest("has the caller's proxies, but not one that only this machine reaches", native, async ({ folder }) => {
    const environment = {
      HTTP_PROXY: "http://127.0.0.1:3128",
      https_proxy: "http://proxy.invalid:3128",
      NO_PROXY: "registry.invalid",
    };
    // What needs no network: all images are there, or are made without the proxies' help.
    await linesOf("true", folder, []);
    mkdirSync(join(folder, "b"));
    const lines = await linesOf("env | grep -i _proxy | sort", join(folder, "b"), [], environment);
    expect(lines).toEqual(["NO_PROXY=registry.invalid", "https_proxy=http://proxy.invalid:3128"]);
  });

  dockerTest("has the memory that --memory allows", native, async ({ folder }) => {
    const limit = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null || true";
    expect(await linesOf(`(${limit})`, folder, ["--memory", "100"])).toEqual([`${100 * 2 ** 20}`]);
  });
});

dockerTest(
  "a daemon that may be elsewhere builds, and the smoke run says why it is skipped",
  native,
  async (context) => {
    const { daemon, folder } = context;
    await using relay = await startDaemonRelay(daemon);
    for (const project of ["examples/cpp", "examples/hello"]) {
      const build = async (...more: string[]) => {
        const args = [project, "--platform", platform, ...base, "--out-dir", folder, "--json", ...more];
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const { exitCode, stdout, stderr } = await runCommand("build", args);
        expect(exitCode, stderr).toBe(0);
        return (JSON.parse(stdout) as { builds: [{ report: { sha256: string; smokeRun: object } }] }).builds[0].report;
      };
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const near = await build();
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const far = await build("--docker-host", relay.address);
      expect(far.sha256).toBe(near.sha256);
      expect(far.smokeRun).toEqual({
        status: "skipped",
        detail: expect.stringContaining(`The daemon at ${relay.address} may be on another machine`) as string,
      });
    }
    expect(readFileSync(join(folder, "function.manifest.json"), "utf8")).toContain(platform);
  },
);

dockerTest("a daemon that cannot run the platform", native, async ({ daemon, folder, skip }) => {
  if ((await daemon.info()).architecture !== "x86_64") skip("the machine's own architecture always runs");
  const foreign = "al2023-arm64";
  const reference = await makeNotRunnableImage(daemon, platforms[foreign]);
  try {
    const images = [
      ...base.map((each) => each.replace(/^(?=runtime)/, `${platform}=`)),
      "--base-image",
      `${foreign}=${reference}`,
    ];
    const build = (project: string) =>
      runCommand("build", [project, "--platform", foreign, ...images, "--out-dir", folder, "--verbose"]);
    // An engine needs only be put together, and that is done by the machine's own.
    const made = await build("examples/hello");
    expect(made.exitCode, made.stderr).toBe(0);
    expect(made.stderr).toMatch(
      /smoke run {2}skipped: This Docker daemon cannot run linux\/arm64 containers\. Enable emulation: docker run --privileged --rm tonistiigi\/binfmt --install arm64/,
    );
    // The libraries that a compiler needs come out of the platform's image: told before any compiler is installed.
    const compiled = await build("examples/cpp");
    expect(compiled.exitCode).toBe(1);
    expect(compiled.stderr).toMatch(
      /^error: This Docker daemon cannot run linux\/arm64 containers \(PLATFORM_NOT_RUNNABLE\)\nhint: Enable emulation/m,
    );
    expect(compiled.stderr).not.toMatch(/compile/);
  } finally {
    await daemon.removeImage(reference);
  }
});
