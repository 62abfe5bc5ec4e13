/** `build --engine native`: what comes out, what is refused, and in the platforms' own images. */
import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { platformNames, platforms, type Platform } from "../../images/platforms.ts";
import { baseImageFor, dockerTest } from "../support/docker.ts";
import { engineTimeoutMs, nativeEnginePath } from "../support/native-engine.ts";
import { noDocker, runCommand, type CommandResult } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const machine: Platform = process.arch === "arm64" ? "al2023-arm64" : "al2023-x86_64";

interface Built {
  readonly zipPath: string;
  readonly report: {
    readonly engine: { readonly name: string };
    readonly zippedBytes: number;
    readonly sha256: string;
    readonly glibcNeeded?: string;
    readonly smokeRun: { readonly status: string };
  };
}

async function buildOnHost(source: string, outDir: string, ...more: readonly string[]): Promise<CommandResult> {
  const args = [source, "--platform", machine, "--engine", "native", "--site", "host", "--out-dir", outDir, "--json"];
  return runCommand("build", [...args, ...more], { environment: noDocker });
}

function builtOf({ exitCode, stdout, stderr }: CommandResult): Built {
  expect(exitCode, stderr).toBe(0);
  return (JSON.parse(stdout) as { builds: [Built] }).builds[0];
}

async function invoke(zip: string, event: unknown, ...more: readonly string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await runCommand("emulate", [zip, "--event", JSON.stringify(event), ...more]);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe("on this machine", { timeout: engineTimeoutMs }, () => {
  test("a small archive, the same every time, that answers", async ({ folder }) => {
    const enginePath = ["--engine-path", await nativeEnginePath()];
    const first = builtOf(await buildOnHost("examples/hello", join(folder, "first"), ...enginePath));
    expect(first.report).toMatchObject({ engine: { name: "native" }, smokeRun: { status: "answered" } });
    expect(first.report.zippedBytes).toBeLessThan(4_000_000);
    expect(await invoke(first.zipPath, { name: "Ada" })).toEqual({ message: "Hello, Ada!" });
    const second = builtOf(await buildOnHost("examples/hello", join(folder, "second"), ...enginePath));
    expect(second.report.sha256).toBe(first.report.sha256);
  });

  test("positions of the sources with --sourcemap", async ({ folder }) => {
    const source = "test/fixtures/functions/fail.ts";
    const options = ["--engine-path", await nativeEnginePath(), "--sourcemap"];
    const { zipPath } = builtOf(await buildOnHost(source, folder, ...options));
    const { exitCode, stdout } = await runCommand("emulate", [zipPath, "--event", "{}"]);
    expect(exitCode).toBe(1);
    const { stackTrace } = JSON.parse(stdout) as { readonly stackTrace: readonly string[] };
    expect(stackTrace.slice(0, 2)).toEqual([
      "Error: no stock",
      expect.stringMatching(/^ {4}at handler \(fail\.ts:3:\d+\)$/),
    ]);
  });

  test("for another architecture without an engine for this one, from source", async ({ folder }) => {
    const foreign = machine.endsWith("arm64") ? "al2023-x86_64" : "al2023-arm64";
    const args = ["examples/hello", "--platform", foreign, "--engine", "native", "--site", "host", "--out-dir", folder];
    const engine = readFileSync(await nativeEnginePath());
    // e_machine of the ELF header: this machine's engine in the clothes of the other one.
    engine.writeUInt16LE(foreign.endsWith("arm64") ? 183 : 62, 18);
    writeFileSync(join(folder, "engine"), engine);
    const { exitCode, stderr } = await runCommand("build", [...args, "--engine-path", join(folder, "engine")], {
      environment: noDocker,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the bundle is packed as source, and starts slower");
    // Its interpreter gives it away.
    expect(stderr).toContain("(PLATFORM_REFUSED)");
  });

  test.for([
    ["no Rust", [], 1, "ENGINE_UNAVAILABLE", "The native engine is compiled once, and this machine has no Rust"],
    ["no engine at the path", ["--engine-path", "none"], 2, "BAD_OPTIONS", "No engine: ENOENT: no such file"],
    ["no executable", ["--engine-path", "LICENSE"], 2, "BAD_OPTIONS", "LICENSE is no ELF executable: it starts with "],
  ] as const)("%s", async ([, more, expected, code, message], { folder }) => {
    const args = ["examples/hello", "--platform", machine, "--engine", "native", "--site", "host", ...more];
    const { exitCode, stderr } = await runCommand("build", [...args, "--out-dir", folder], {
      environment: { ...noDocker, PATH: dirname(process.execPath), XDG_CACHE_HOME: folder },
    });
    expect(exitCode).toBe(expected);
    expect(stderr).toContain(message);
    expect(stderr).toContain(`(${code})`);
    if (code === "ENGINE_UNAVAILABLE")
      expect(stderr).toMatch(/^hint: Install Rust .*\(npm install @runtime-aws-lambda\/engine-linux-.*--engine bun$/m);
  });

  test("an engine for another processor, and one that is not executable here", async ({ folder }) => {
    const engine = join(folder, "engine");
    copyFileSync(await nativeEnginePath(), engine);
    chmodSync(engine, 0o644);
    builtOf(await buildOnHost("examples/hello", join(folder, "out"), "--engine-path", engine));
    expect(statSync(engine).mode & 0o777).toBe(0o644);
    const other = machine.endsWith("arm64") ? "al2023-x86_64" : "al2023-arm64";
    const args = ["examples/hello", "--platform", other, "--engine", "native", "--site", "host", "--out-dir", folder];
    const { exitCode, stderr } = await runCommand("build", [...args, "--engine-path", engine]);
    expect(stderr).toMatch(
      /^error: .*\/engine is made for linux-\w+, and the platform is al2023-\w+ \(BAD_OPTIONS\)$/m,
    );
    expect(exitCode).toBe(2);
  });

  test("a module that the engine lacks", async ({ folder }) => {
    const source = join(folder, "handler.mjs");
    writeFileSync(
      source,
      `import { createServer } from "node:http2"; export const handler = async () => createServer();`,
    );
    const { exitCode, stdout } = await buildOnHost(source, folder, "--engine-path", await nativeEnginePath());
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "ENGINE_LACKS_MODULE" },
    });
  });
});

function baseImagesFor(names: Iterable<Platform>): readonly string[] {
  return [...new Set(names)].flatMap((each) => {
    const image = baseImageFor(each);
    const suffix = platforms[each].architecture === "x86_64" ? "-toolchains" : "";
    return image === undefined ? [] : ["--base-image", `${each}=${image}${suffix}`];
  });
}

/** The platform's own, and those of its engine: Amazon Linux 2, of the daemon's machine and of the platform's. */
function usedBy(platform: Platform): readonly Platform[] {
  const { imageFolder, architecture } = platforms[platform];
  return ["al2-x86_64", `al2-${architecture}`, `${imageFolder}-x86_64`, platform];
}

const certificates = ["--ca", "/etc/ssl/certs/ca-certificates.crt"];

for (const platform of platformNames) {
  dockerTest(
    `in the image of ${platform}: by an engine of Amazon Linux 2, proven there, and emulated there`,
    { platforms: usedBy(platform), timeoutMs: 1_200_000 },
    async ({ folder }) => {
      const baseImages = baseImagesFor(usedBy(platform));
      const args = ["examples/hello", "--platform", platform, "--engine", "native", "--out-dir", folder, "--json"];
      const built = await runCommand("build", [...args, ...certificates, ...baseImages]);
      const { zipPath, report } = builtOf(built);
      expect(report).toMatchObject({ site: "docker", engine: { name: "native" }, smokeRun: { status: "answered" } });
      expect(Number(report.glibcNeeded?.split(".")[1])).toBeLessThanOrEqual(26);
      expect(statSync(zipPath).size).toBeLessThan(4_000_000);
      // Its engine is the one of Amazon Linux 2: after that there is nothing left to compile.
      if (platform.startsWith("al2023")) {
        const sibling: Platform = `al2-${platforms[platform].architecture}`;
        const other = ["examples/hello", "--platform", sibling, "--engine", "native", "--json"];
        const outDir = ["--out-dir", join(folder, "sibling")];
        const images = baseImagesFor(usedBy(sibling));
        const { stderr, ...result } = await runCommand("build", [...other, ...outDir, ...certificates, ...images]);
        expect(stderr).not.toContain("is compiled, once");
        expect(builtOf({ stderr, ...result }).report.sha256).toBe(report.sha256);
      }
      const inContainer = ["--platform", platform, ...baseImages];
      expect(await invoke(zipPath, { name: "Ada" }, ...inContainer)).toEqual({ message: "Hello, Ada!" });
    },
  );
}

dockerTest(
  "where Amazon Linux 2 cannot be had, the engine is made in the platform's own image",
  { platforms: ["al2023-x86_64"], timeoutMs: 300_000 },
  async ({ folder }) => {
    const platform = "al2023-x86_64";
    // A registry on a loopback port where nothing listens.
    const missing = ["--base-image", "al2-x86_64=127.0.0.1:1/no/such:image"];
    const own = baseImagesFor([platform]);
    const args = ["examples/hello", "--platform", platform, "--engine", "native", "--out-dir", folder];
    const { stderr } = await runCommand("build", [...args, ...certificates, ...own, ...missing], {
      environment: { XDG_CACHE_HOME: folder },
      // Far enough: that the compiler there does its work, other tests show.
      onStderr: (child, soFar) => void (soFar.includes("is compiled, once") && child.kill("SIGINT")),
    });
    expect(stderr).toContain("There is no image of al2-x86_64: the native engine is one for al2023-x86_64 alone\n");
    expect(stderr).toContain("The native engine for x86_64 is compiled, once");
  },
);
