/** Rust, Go, C and C++ projects, compiled in containers and proven on the platform. */
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { platforms, type Platform } from "../../images/platforms.ts";
import { baseImageFor, dockerTest } from "../support/docker.ts";
import { runCommand, type CommandResult } from "../support/run-command.ts";

interface Built {
  readonly name?: string;
  readonly zipPath: string;
  readonly report: {
    readonly toolchain: string;
    readonly site: string;
    readonly glibcNeeded?: string;
    readonly libraries: readonly string[];
    readonly sha256: string;
    readonly smokeRun: { readonly status: string; readonly detail: string };
  };
}

/** Where TLS is signed anew the containers need to know; elsewhere a list of certificates does no harm. */
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/** Base images with Rust, and with a glibc as old as that of Amazon Linux 2, where they are stand-ins. */
function baseImages(...names: readonly Platform[]): string[] {
  return names.flatMap((platform) => {
    const image = baseImageFor(platform);
    if (image === undefined) return [];
    const suffix = platforms[platform].architecture === "x86_64" ? "-toolchains" : "";
    return ["--base-image", `${platform}=${image}${suffix}`];
  });
}

async function runBuild(
  project: string,
  platform: Platform,
  folder: string,
  ...more: string[]
): Promise<CommandResult> {
  const machine: Platform = `${platforms[platform].imageFolder}-x86_64`;
  const docker = ["--ca", certificates, ...baseImages(...new Set([machine, platform]))];
  return runCommand("build", [project, "--platform", platform, "--out-dir", folder, "--json", ...docker, ...more]);
}

async function build(
  project: string,
  platform: Platform,
  folder: string,
  ...more: string[]
): Promise<readonly Built[]> {
  const { exitCode, stdout, stderr } = await runBuild(project, platform, folder, ...more);
  expect(exitCode, stderr).toBe(0);
  return (JSON.parse(stdout) as { builds: Built[] }).builds;
}

async function invoke(zip: string, event: unknown, ...more: string[]): Promise<unknown> {
  const { exitCode, stdout, stderr } = await runCommand("emulate", [zip, "--event", JSON.stringify(event), ...more]);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

function isAtMost(version: string | undefined, limit: string): boolean {
  const [major = 0, minor = 0] = (version ?? "2.0").split(".").map(Number);
  const [limitMajor = 0, limitMinor = 0] = limit.split(".").map(Number);
  return major < limitMajor || (major === limitMajor && minor <= limitMinor);
}

const answered = { status: "answered", detail: "answered the event {}" };

dockerTest(
  "a Cargo workspace becomes an archive for each binary, for the glibc of Amazon Linux 2, and runs under both launchers",
  { platforms: ["al2-x86_64"], timeoutMs: 1_200_000 },
  async ({ folder }) => {
    const builds = await build("test/peers/rust", "al2-x86_64", folder);
    expect(builds.map(({ name }) => name)).toEqual(["lambda-runtime-peer", "rtlambda-peer"]);
    for (const { name, zipPath, report } of builds) {
      expect(zipPath).toBe(join(folder, `${name}.zip`));
      expect(report).toMatchObject({ toolchain: "rust", site: "docker", smokeRun: answered });
      expect(isAtMost(report.glibcNeeded, "2.26"), report.glibcNeeded).toBe(true);
      // oxlint-disable-next-line no-await-in-loop -- few
      expect(await invoke(zipPath, { do: "echo" })).toMatchObject({ do: "echo" });
    }
    const zipPath = builds[0]?.zipPath ?? "";
    const inContainer = ["--platform", "al2-x86_64", ...baseImages("al2-x86_64")];
    expect(await invoke(zipPath, { do: "echo" }, ...inContainer)).toMatchObject({ do: "echo" });
  },
);

dockerTest(
  "a crate with C code is compiled across, for both systems, and twice to the same bytes",
  { platforms: ["al2-x86_64", "al2-arm64", "al2023-x86_64", "al2023-arm64"], timeoutMs: 1_200_000 },
  async ({ folder }) => {
    const [first] = await build("test/fixtures/projects/rust-c", "al2023-arm64", folder);
    expect(first?.report).toMatchObject({ smokeRun: answered, glibcNeeded: "2.34" });
    const [old] = await build("test/fixtures/projects/rust-c", "al2-arm64", folder);
    expect(old?.report).toMatchObject({ smokeRun: answered });
    expect(isAtMost(old?.report.glibcNeeded, "2.26"), old?.report.glibcNeeded).toBe(true);
    const copy = join(folder, "copy");
    cpSync("test/fixtures/projects/rust-c", copy, { recursive: true });
    const [second] = await build(copy, "al2023-arm64", folder);
    expect(second?.report.sha256).toBe(first?.report.sha256);
  },
);

for (const platform of ["al2-arm64", "al2023-x86_64"] as const) {
  dockerTest(
    `Go for ${platform}: without C code a static executable, with it one for the platform's glibc`,
    { platforms: [platform], timeoutMs: 1_200_000 },
    async ({ folder }) => {
      const [pure] = await build("examples/go", platform, join(folder, "pure"));
      expect(pure?.report).toMatchObject({ toolchain: "go", smokeRun: answered });
      expect(pure?.report.glibcNeeded).toBeUndefined();
      const [cgo] = await build("test/fixtures/projects/go-cgo", platform, join(folder, "cgo"));
      expect(cgo?.report).toMatchObject({ toolchain: "go", smokeRun: answered });
      expect(cgo?.report.glibcNeeded).toMatch(/^2\./);
      if (platform !== "al2023-x86_64") return;
      expect(await invoke(pure?.zipPath ?? "", { name: "Ada" })).toEqual({ message: "Hello, Ada!" });
      expect(await invoke(cgo?.zipPath ?? "", { name: "Ada" })).toBe("ADA");
    },
  );
}

dockerTest(
  "C++ by Make and by CMake, for this architecture and across, from a folder that holds what this machine made of it",
  { platforms: ["al2-x86_64", "al2-arm64", "al2023-x86_64", "al2023-arm64"], timeoutMs: 1_200_000 },
  async ({ folder }) => {
    const project = join(folder, "cpp");
    cpSync("examples/cpp", project, { recursive: true });
    writeFileSync(join(project, "bootstrap"), "newer than its source, and not for the platform");
    for (const platform of ["al2-x86_64", "al2-arm64", "al2023-x86_64", "al2023-arm64"] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is quicker on few processors
      const [made] = await build(project, platform, join(folder, platform));
      expect(made?.report, platform).toMatchObject({ toolchain: "make", smokeRun: answered });
      // Amazon Linux 2 has an older one than its own gcc 10 links to.
      expect(made?.report.libraries.includes("libstdc++.so.6"), platform).toBe(platform.startsWith("al2023"));
    }
    for (const platform of ["al2-arm64", "al2023-x86_64"] as const) {
      // oxlint-disable-next-line no-await-in-loop -- as above
      const [made] = await build("test/fixtures/projects/cmake", platform, join(folder, `cmake-${platform}`));
      expect(made?.report, platform).toMatchObject({ toolchain: "cmake", smokeRun: answered });
    }
  },
);

dockerTest(
  "compilers under qemu say that they are slow",
  { platforms: ["al2023-x86_64", "al2023-arm64"], timeoutMs: 1_200_000 },
  async ({ folder, skip }) => {
    if (process.arch === "arm64") skip("arm64 is this machine's own architecture");
    const { exitCode, stderr } = await runBuild("examples/cpp", "al2023-arm64", folder, "--foreign", "emulate");
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(
      "The daemon's machine is x86_64: qemu runs the compilers for al2023-arm64, about ten times slower",
    );
  },
);

dockerTest(
  "builds at once share the caches: two of one project, and one of another",
  { platforms: ["al2023-x86_64"], timeoutMs: 1_200_000 },
  async ({ folder }) => {
    for (const name of ["a", "b"]) cpSync("test/fixtures/projects/rust", join(folder, name), { recursive: true });
    const made = await Promise.all(
      ["a", "a", "b"].map((name, at) => build(join(folder, name), "al2023-x86_64", join(folder, `out-${at}`))),
    );
    const hashes = made.map(([each]) => each?.report.sha256);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(hashes).size).toBe(1);
  },
);

dockerTest(
  "what the compiler says is shown, and the archive from before stays",
  { platforms: ["al2023-x86_64"], timeoutMs: 1_200_000 },
  async ({ folder }) => {
    const project = join(folder, "broken");
    mkdirSync(project);
    copyFileSync("examples/cpp/Makefile", join(project, "Makefile"));
    writeFileSync(join(project, "bootstrap.cpp"), "int main() { return missing; }\n");
    writeFileSync(join(folder, "function.zip"), "from before");
    const { exitCode, stderr } = await runBuild(project, "al2023-x86_64", folder);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: make ended with exit code 2 in a container of al2023-x86_64 \(COMPILE_FAILED\)$/m);
    expect(stderr).toMatch(/bootstrap\.cpp:1:\d+: error: .*missing/);
    expect(readFileSync(join(folder, "function.zip"), "utf8")).toBe("from before");
  },
);

dockerTest(
  "a compiler that runs out of memory is told from one that fails",
  { platforms: ["al2023-x86_64"], timeoutMs: 1_200_000 },
  async ({ folder }) => {
    const project = join(folder, "hungry");
    mkdirSync(project);
    writeFileSync(join(project, "Makefile"), "bootstrap:\n\ttail /dev/zero\n");
    const { exitCode, stderr } = await runBuild(project, "al2023-x86_64", folder, "--memory", "64");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: make ran out of memory in a container of al2023-x86_64 \(COMPILE_FAILED\)$/m);
    expect(stderr).toMatch(/^hint: Give the container more by --memory/m);
  },
);

dockerTest(
  "a project reached through a link, with sources outside of it, is the same project",
  { platforms: ["al2023-x86_64"], timeoutMs: 1_200_000 },
  async ({ folder }) => {
    mkdirSync(join(folder, "sources"));
    mkdirSync(join(folder, "project"));
    copyFileSync("examples/cpp/bootstrap.cpp", join(folder, "sources/bootstrap.cpp"));
    copyFileSync("examples/cpp/Makefile", join(folder, "project/Makefile"));
    symlinkSync("../sources/bootstrap.cpp", join(folder, "project/bootstrap.cpp"));
    symlinkSync("project", join(folder, "link"));
    const [made] = await build(join(folder, "link"), "al2023-x86_64", join(folder, "out"));
    expect(made?.report.smokeRun).toEqual(answered);
  },
);
