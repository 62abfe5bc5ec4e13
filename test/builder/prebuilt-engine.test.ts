/** Finished engines from npm packages: packed and installed by npm itself, then used where there is no cargo. */
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { extractZip } from "../../archive/index.ts";
import { findCompiledEngine } from "../../builder/engines/compiled-engine.ts";
import { defaultCacheFolder } from "../../builder/engines/host-engine.ts";
import { prebuiltExecutable, prebuiltPackageName } from "../../builder/engines/prebuilt-engine.ts";
import { parseArchitecture } from "../../images/platforms.ts";
import { packEngine } from "../../release/pack-engine.ts";
import { noDocker, repositoryFolder, runCommand, type CommandResult } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 120_000;
const architecture = parseArchitecture(process.arch) ?? "x86_64";
const foreign = architecture === "arm64" ? "x86_64" : "arm64";
const engine = process.env["NATIVE_ENGINE"] ?? "";
const foreignEngine = (await findCompiledEngine(foreign, defaultCacheFolder())) ?? "";
/** An engine that this machine's own Rust has made needs a newer glibc than packages are for. */
const packTest = test.skipIf(engine === "");
const reason = "(skipped: needs NATIVE_ENGINE, as .ci/run makes it)";

function npm(...args: readonly string[]): string {
  return execFileSync("npm", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** Packs an engine. Returns the path of the tarball. */
async function tarballOf(executable: string, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const packageFolder = await packEngine(executable, folder);
  return join(folder, npm("pack", packageFolder, "--pack-destination", folder, "--silent"));
}

/** A project with the engine as its only package. */
async function projectWith(executable: string, folder: string): Promise<string> {
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{"private":true}');
  npm("install", "--prefix", project, "--offline", "--no-audit", await tarballOf(executable, join(folder, "packed")));
  return project;
}

/** Builds without Docker, compilers and cache. */
function build(cwd: string, platform: string, folder: string): Promise<CommandResult> {
  const source = join(repositoryFolder, "examples/hello");
  const args = [
    source,
    "--platform",
    platform,
    "--engine",
    "native",
    "--site",
    "host",
    "--out-dir",
    join(folder, "out"),
  ];
  const environment = { ...noDocker, PATH: dirname(process.execPath), XDG_CACHE_HOME: join(folder, "cache") };
  return runCommand("build", [...args, "--json"], { cwd, environment });
}

packTest(`packing gives the same bytes ${reason}`, { timeout }, async ({ folder }) => {
  const [first, second] = await Promise.all(["a", "b"].map((each) => tarballOf(engine, join(folder, each))));
  expect(readFileSync(first ?? "").equals(readFileSync(second ?? ""))).toBe(true);
  const listed = execFileSync("tar", ["-tvzf", first ?? ""], { encoding: "utf8" });
  expect(listed).toMatch(/^-rwxr-xr-x .* package\/native-engine$/m);
  expect(listed.match(/package\/.*$/gm)?.toSorted()).toEqual([
    "package/LICENCES.txt",
    "package/README.md",
    "package/native-engine",
    "package/package.json",
  ]);
});

packTest(`installed in the project ${reason}`, { timeout }, async ({ folder }) => {
  const project = await projectWith(engine, folder);
  const { exitCode, stdout, stderr } = await build(project, `al2-${architecture}`, folder);
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    builds: [{ report: { engine: { name: "native" }, smokeRun: { status: "answered" } } }],
  });
  expect(stderr).not.toContain("compiled");
  expect(readdirSync(join(folder, "cache/runtime-aws-lambda"))).not.toContain("native-v1");
  // The function carries what the package brought.
  await extractZip(join(folder, "out/function.zip"), join(folder, "unzipped"));
  const bootstrap = readFileSync(join(folder, "unzipped/bootstrap"));
  const packed = readFileSync(join(project, "node_modules", prebuiltPackageName(architecture), prebuiltExecutable));
  expect(bootstrap.subarray(0, packed.length).equals(packed)).toBe(true);
});

packTest(`installed beside this package, from anywhere ${reason}`, { timeout }, async ({ folder }) => {
  const project = await projectWith(engine, folder);
  const modules = join(project, "node_modules");
  const own = npm("pack", repositoryFolder, "--pack-destination", folder, "--silent", "--ignore-scripts");
  mkdirSync(join(modules, "runtime-aws-lambda"));
  execFileSync("tar", ["-xzf", join(folder, own), "-C", join(modules, "runtime-aws-lambda"), "--strip-components=1"]);
  for (const name of readdirSync(join(repositoryFolder, "node_modules"))) {
    if (!existsSync(join(modules, name)))
      symlinkSync(join(repositoryFolder, "node_modules", name), join(modules, name));
  }
  const script = join(modules, "runtime-aws-lambda/dist/cli/build.js");
  const args = [script, join(repositoryFolder, "examples/hello"), "--platform", `al2023-${architecture}`];
  const zip = execFileSync(
    process.execPath,
    [...args, "--engine", "native", "--site", "host", "--out-dir", join(folder, "out"), "--quiet"],
    { cwd: "/", encoding: "utf8", env: { HOME: folder, PATH: "/nowhere" } },
  );
  expect(zip).toBe(`${join(folder, "out/function.zip")}\n`);
});

packTest(`a damaged one is refused ${reason}`, { timeout }, async ({ folder }) => {
  const project = await projectWith(engine, folder);
  const executable = join(project, "node_modules", prebuiltPackageName(architecture), prebuiltExecutable);
  appendFileSync(executable, "more");
  const { exitCode, stdout } = await build(project, `al2-${architecture}`, folder);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    error: {
      code: "ENGINE_DAMAGED",
      message: expect.stringContaining(
        `${executable} is not what ${prebuiltPackageName(architecture)} was packed with`,
      ),
    },
  });
});

test("one of another version is passed over, and the way to the right one named", { timeout }, async ({ folder }) => {
  const name = prebuiltPackageName(architecture);
  const packageFolder = join(folder, "node_modules", name);
  mkdirSync(packageFolder, { recursive: true });
  const manifest = { name, version: "0.0.1", nativeEngine: { crate: "0123456789abcdef", sha256: "" } };
  writeFileSync(join(packageFolder, "package.json"), JSON.stringify(manifest));
  const { exitCode, stdout, stderr } = await build(folder, `al2-${architecture}`, folder);
  expect(exitCode).toBe(1);
  const { version } = JSON.parse(readFileSync(join(repositoryFolder, "package.json"), "utf8")) as { version: string };
  expect(stderr).toContain(`${name} 0.0.1 holds another version of the native engine than ${name}@${version}, and is`);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: "ENGINE_UNAVAILABLE", hint: expect.stringContaining(`npm install ${name}@${version}`) },
  });
});

test.skipIf(foreignEngine === "")(
  "for another architecture than this machine's, which then makes no bytecode (skipped: needs an engine for it in the cache)",
  { timeout },
  async ({ folder }) => {
    const project = await projectWith(foreignEngine, folder);
    const { exitCode, stdout, stderr } = await build(project, `al2023-${foreign}`, folder);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain("the bundle is packed as source, and starts slower");
    expect(JSON.parse(stdout)).toMatchObject({ builds: [{ report: { smokeRun: { status: "skipped" } } }] });
  },
);
