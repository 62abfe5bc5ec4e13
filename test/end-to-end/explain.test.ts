/** `--explain` with a daemon: the images it names are those that a build then uses. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Explanation } from "../../builder/index.ts";
import { baseImageFor, dockerTest } from "../support/docker.ts";
import { runCommand } from "../support/run-command.ts";

const timeoutMs = 300_000;
const platform = "al2023-x86_64";
const image = baseImageFor(platform);
const base = image === undefined ? [] : ["--base-image", `${platform}=${image}`];

dockerTest(
  "names the images of a build, which are there afterwards",
  { platforms: [platform], timeoutMs },
  async ({ folder, daemon, skip }) => {
    if ((await daemon.info()).architecture !== "x86_64") skip("it would be compiled across");
    const args = ["test/fixtures/projects/cmake", "--platform", platform, ...base, "--out-dir", folder];
    const explain = async (): Promise<Explanation> => {
      const { stdout, stderr } = await runCommand("build", [...args, "--explain", "--json"]);
      return (JSON.parse(stdout || stderr) as { explanations: [Explanation] }).explanations[0];
    };
    expect(await explain()).toMatchObject({ site: "docker", way: "native", toolchain: "cmake" });
    expect(readdirSync(folder)).toEqual([]);
    const built = await runCommand("build", args);
    expect(built.exitCode, built.stderr).toBe(0);
    const { images } = await explain();
    expect(images.map(({ name, exists }) => [name, exists])).toEqual([
      ["al2023-x86_64", true],
      ["al2023-x86_64-make", true],
    ]);
    const manifest = readFileSync(join(folder, "function.manifest.json"), "utf8");
    expect(manifest).toContain(`"${images[1]?.reference}"`);
    const text = await runCommand("build", [...args, "--explain"]);
    expect(text.stdout).toContain(
      `images     ${images[0]?.reference}, there\n           ${images[1]?.reference}, there\n`,
    );
  },
);

dockerTest(
  "an image on top of one that is not there has no name yet",
  { platforms: [platform] },
  async ({ daemon, skip }) => {
    if ((await daemon.info()).architecture !== "x86_64") skip("it would be compiled across");
    const args = ["examples/rust", "--platform", platform, "--base-image", "127.0.0.1:1/no/such:image", "--explain"];
    const { stdout, exitCode } = await runCommand("build", args);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("images     al2023-x86_64, to be built\n");
    expect(stdout).toContain(" al2023-x86_64-rust, to be built\n");
  },
);

dockerTest(
  "the native engine is compiled in the images of Amazon Linux 2",
  { platforms: [platform] },
  async ({ daemon, skip }) => {
    if ((await daemon.info()).architecture !== "x86_64") skip("it would be compiled across");
    const args = ["examples/hello", "--platform", platform, ...base, "--engine", "native", "--explain", "--json"];
    const { stdout } = await runCommand("build", args);
    const [{ way, images }] = (JSON.parse(stdout) as { explanations: [Explanation] }).explanations;
    expect(way).toBe("native");
    expect(images.map(({ name }) => name)).toEqual([
      "al2023-x86_64",
      "al2-x86_64",
      "al2-x86_64-make",
      "al2-x86_64-rust",
    ]);
  },
);
