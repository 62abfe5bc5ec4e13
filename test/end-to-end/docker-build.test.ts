/** The same in containers of each platform's image; arm64 under qemu where the machine is not one. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { platformNames, platforms } from "../../images/platforms.ts";
import { startDaemonRelay } from "../support/daemon-relay.ts";
import { baseImageFor, dockerTest } from "../support/docker.ts";
import { runCommand } from "../support/run-command.ts";

const hashOf = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

for (const platform of platformNames) {
  dockerTest(
    `${platform} is built in its image, as on this machine byte for byte, and answers in a container`,
    { platforms: [platform], timeoutMs: 300_000 },
    async ({ folder }) => {
      // The engine works in the image of the daemon's own architecture.
      const machine = `${platforms[platform].imageFolder}-x86_64` as const;
      const base = [...new Set([machine, platform])].flatMap((each) => {
        const image = baseImageFor(each);
        return image === undefined ? [] : ["--base-image", `${each}=${image}`];
      });
      const common = ["examples/hello", "--platform", platform, "--json"];
      const inDocker = await runCommand("build", [
        ...common,
        ...base,
        "--site",
        "docker",
        "--out-dir",
        join(folder, "docker"),
      ]);
      expect(inDocker.exitCode, inDocker.stderr).toBe(0);
      expect(JSON.parse(inDocker.stdout)).toMatchObject({
        builds: [{ report: { site: "docker", smokeRun: { status: "answered", detail: "answered the event {}" } } }],
      });
      const onHost = await runCommand("build", [...common, "--site", "host", "--out-dir", join(folder, "host")]);
      expect(onHost.exitCode, onHost.stderr).toBe(0);
      expect(hashOf(join(folder, "docker/function.zip"))).toBe(hashOf(join(folder, "host/function.zip")));

      const zip = join(folder, "docker/function.zip");
      const emulated = await runCommand("emulate", [
        zip,
        "--platform",
        platform,
        ...base,
        "--memory",
        "512",
        "--event",
        '{"name":"Ada"}',
      ]);
      expect(emulated.stdout, emulated.stderr).toBe('{"message":"Hello, Ada!"}\n');
      expect(emulated.exitCode).toBe(0);
      expect(emulated.stderr).toMatch(/^REPORT .*\tMemory Size: 512 MB\tMax Memory Used: \d+ MB\tInit Duration: /m);
    },
  );
}

dockerTest(
  "neither engine nor bootstrap is sent to a daemon that has them, and nothing of a build stays there",
  { platforms: ["al2023-x86_64"], timeoutMs: 300_000 },
  async ({ folder, daemon }) => {
    const image = baseImageFor("al2023-x86_64");
    await using relay = await startDaemonRelay(daemon, join(folder, "docker.sock"));
    const build = async (name: string) => {
      writeFileSync(join(folder, `${name}.ts`), `export const handler = async () => "${name}";`);
      const pids: (number | undefined)[] = [];
      const before = relay.sentBytes();
      const { exitCode, stdout, stderr } = await runCommand(
        "build",
        [
          join(folder, `${name}.ts`),
          "--platform=al2023-x86_64",
          "--engine=bun",
          "--site=docker",
          `--out-dir=${join(folder, name)}`,
          ...(image === undefined ? [] : [`--base-image=${image}`]),
          "--json",
        ],
        { environment: { DOCKER_HOST: relay.address }, onStderr: ({ pid }) => pids.push(pid) },
      );
      expect(exitCode, stderr).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ builds: [{ report: { smokeRun: { status: "answered" } } }] });
      const left = await daemon.listContainers([`runtime-aws-lambda.owner-pid=${pids[0]}`], undefined);
      expect([pids[0], left]).toEqual([expect.any(Number), []]);
      return relay.sentBytes() - before;
    };
    await build("first");
    expect(await build("second")).toBeLessThan(100_000);
  },
);

dockerTest(
  "a foreign zip finds its container by itself, and failures are Lambda's",
  { platforms: ["al2023-arm64"], timeoutMs: 300_000 },
  async ({ folder, skip }) => {
    if (process.arch === "arm64") skip("arm64 is this machine's own architecture");
    const image = baseImageFor("al2023-arm64");
    const base = image === undefined ? [] : ["--base-image", image];
    const source = "test/fixtures/functions/misbehave.ts";
    const built = await runCommand("build", [
      source,
      "--platform",
      "al2023-arm64",
      "--site",
      "host",
      "--out-dir",
      folder,
    ]);
    expect(built.exitCode, built.stderr).toBe(0);
    const emulate = (how: string, ...more: string[]) =>
      runCommand("emulate", [
        join(folder, "function.zip"),
        ...base,
        ...more,
        "--memory",
        "512",
        "--event",
        JSON.stringify({ how }),
      ]);
    const exited = await emulate("exit", "--timeout", "30");
    expect(exited.exitCode).toBe(1);
    expect(exited.stderr).toContain("it runs in a container of al2023-arm64");
    expect(JSON.parse(exited.stdout)).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(/Error: Runtime exited with error: exit status 3$/) as string,
    });
    const hung = await emulate("hang", "--timeout", "1");
    expect(JSON.parse(hung.stdout)).toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(hung.stderr).toMatch(/\tINFO\thanging in process \d+$/m);
  },
);

dockerTest("a base image that cannot be pulled is named, with the way out", {}, async ({ folder }) => {
  // A registry on a loopback port where nothing listens.
  const image = "127.0.0.1:1/no/such:image";
  const args = ["examples/hello", "--platform", "al2-x86_64", "--base-image", image, "--out-dir", folder];
  const { exitCode, stdout, stderr } = await runCommand("build", args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^error: .*127\.0\.0\.1:1\/no\/such:image.* \(BASE_IMAGE_UNAVAILABLE\)$/m);
  expect(stderr).toMatch(/^hint: .*--base-image.*--site host/m);
});
