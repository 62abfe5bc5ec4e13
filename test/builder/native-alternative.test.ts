/** The line that says what the native engine would save: where it is true, and nowhere else. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { hostEngine, type BuildResult } from "../../builder/index.ts";
import { defaultCacheFolder } from "../../builder/engines/host-engine.ts";
import { nativeCrateHash } from "../../builder/engines/native-crate.ts";
import {
  measureAlternative,
  nativeAlternative,
  needsAnotherEngine,
  type NativeAlternative,
} from "../../builder/native-alternative.ts";
import { bundleFunction, type BundleOptions } from "../../bundle/index.ts";
import { parseArchitecture, platforms } from "../../images/platforms.ts";
import { engineTimeoutMs, nativeEnginePath } from "../support/native-engine.ts";
import { noDocker, runCommand, type CommandResult } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const architecture = parseArchitecture(process.arch) ?? "x86_64";
const platform = `al2023-${architecture}` as const;

/** Looks at a function of these files, `handler.mjs` among them. */
async function look(
  folder: string,
  files: Readonly<Record<string, string>>,
  more: Partial<BundleOptions> = {},
): Promise<NativeAlternative | undefined> {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const options: BundleOptions = {
    source: join(folder, "handler.mjs"),
    format: "module",
    externalsFrom: "executable",
    ...more,
  };
  const bundle = await bundleFunction(options);
  return nativeAlternative(options, { facts: platforms[platform], cacheFolder: folder, outputFolder: folder, bundle });
}

describe("it would do", () => {
  test.for([
    ["a handler of nothing else", `export const handler = async () => 1;`],
    [
      "modules that it has",
      `import fs from "node:fs"; export const handler = async () => fs.readFileSync("/etc/hosts");`,
    ],
    [
      "a class of a module",
      `import Emitter from "node:events"; export const handler = async () => new Emitter().on("a", Emitter.prototype.off);`,
    ],
    [
      "names of what it lacks as members and keys",
      `export const handler = async (event) => ({ Intl: event.Intl, "Blob": 1 });`,
    ],
    ["an import of a file", `export const handler = async () => (await import("./other.mjs")).default;`],
  ] as const)("%s", async ([, code], { folder }) => {
    expect(await look(folder, { "handler.mjs": code, "other.mjs": "export default 1;" })).toEqual({
      bootstrap: undefined,
    });
  });
});

describe("it says nothing of", () => {
  test.for([
    [
      "a module that is not there",
      `import { exec } from "node:child_process"; export const handler = async () => exec("ls");`,
    ],
    [
      "threads",
      `import { Worker } from "node:worker_threads"; export const handler = async () => new Worker("./a.js");`,
    ],
    ["a module that may never be loaded", `export const handler = async (event) => event.x && import("node:vm");`],
    [
      "a name that is not in a module",
      `import { brotliCompressSync } from "node:zlib"; export const handler = async () => brotliCompressSync("");`,
    ],
    [
      "a member of a whole module",
      `import zlib from "node:zlib"; export const handler = async () => zlib.brotliCompressSync("");`,
    ],
    ["a member of a namespace", `import * as fs from "fs"; export const handler = async () => fs.watch(".");`],
    [
      "a member of a module beside names",
      `import fs, { readFileSync } from "fs"; export const handler = async () => [fs.openSync, readFileSync];`,
    ],
    [
      "a member of what is imported later",
      `export const handler = async () => { const crypto = await import("node:crypto"); return crypto.createCipheriv("a", "b", "c"); };`,
    ],
    ["Intl", `export const handler = async () => new Intl.NumberFormat("en").format(1);`],
    ["web streams", `export const handler = async () => new ReadableStream();`],
    [
      "web streams of the AWS SDK",
      `export const handler = async (body) => new Response(body.transformToWebStream(), { x: typeof ReadableStream });`,
    ],
    ["modules by names made at run time", `export const handler = async ({ name }) => import(name);`],
    [
      "modules found at run time",
      `import { createRequire } from "node:module"; export const handler = async () => createRequire("/x")("y");`,
    ],
    ["builtins found at run time", `export const handler = async ({ name }) => process.getBuiltinModule(name);`],
  ] as const)("%s", async ([, code], { folder }) => {
    expect(await look(folder, { "handler.mjs": code })).toBeUndefined();
  });

  test("CommonJS members, and require of names made at run time", async ({ folder }) => {
    const handler = `export { handler } from "./code.cjs";`;
    const members = `const fs_1 = __importDefault(require("fs")); function __importDefault(m) { return { default: m }; } exports.handler = async () => fs_1.default.openSync("a");`;
    expect(await look(join(folder, "a"), { "handler.mjs": handler, "code.cjs": members })).toBeUndefined();
    const dynamic = `exports.handler = async ({ name }) => require(name);`;
    expect(await look(join(folder, "b"), { "handler.mjs": handler, "code.cjs": dynamic })).toBeUndefined();
  });

  test("packages outside of the bundle", async ({ folder }) => {
    const files = {
      "handler.mjs": `import sum from "sum"; export const handler = async () => sum(1, 2);`,
      "node_modules/sum/package.json": '{"name":"sum","version":"1.0.0","main":"index.js"}',
      "node_modules/sum/index.js": `module.exports = (a, b) => a + b;`,
    };
    expect(await look(folder, files)).toEqual({ bootstrap: undefined });
    expect(await look(folder, files, { external: ["sum"] })).toBeUndefined();
  });

  test.for([
    ["bootstrap", false],
    ["data/prices.json", false],
    ["sharp.node", true],
    ["lib/libvips.so.42", true],
    ["plugins/tax.mjs", true],
    ["query.wasm", true],
  ] as const)("the file %s beside the bootstrap: %s", ([path, expected]) => {
    expect(needsAnotherEngine([{ path, fromFile: "/nowhere", mode: 0o644 }])).toBe(expected);
  });
});

test("without a place for it nothing is measured, and nothing fails", async ({ folder }) => {
  const options: BundleOptions = { source: "examples/hello/handler.ts", format: "module" };
  const bundle = await bundleFunction(options);
  const cache = join(folder, "native-v1");
  mkdirSync(cache);
  writeFileSync(join(cache, `${platform}-${await nativeCrateHash()}-0123456789abcdef`), "engine");
  const common = { facts: platforms[platform], cacheFolder: folder, bundle };
  const nowhere = await nativeAlternative(options, { ...common, outputFolder: join(folder, "nowhere") });
  expect(nowhere).toEqual({ bootstrap: undefined });
  const somewhere = await nativeAlternative(options, { ...common, outputFolder: folder });
  expect(readFileSync(somewhere?.bootstrap ?? "", "latin1")).toMatch(/^engine/);
  const files = [{ path: "bootstrap", fromFile: "/nowhere", mode: 0o755 }];
  const measure = (alternative: NativeAlternative) => measureAlternative(alternative, files, { cacheFolder: folder });
  expect(await measure({ bootstrap: join(folder, "native-alternative") })).toBeGreaterThan(1000);
  expect(await measure({ bootstrap: join(folder, "gone") })).toBeUndefined();
  expect(await measure({ bootstrap: undefined })).toBeUndefined();
});

describe("the line", { timeout: engineTimeoutMs }, () => {
  /** A cache with Bun in it, and with the native engine or without. */
  async function cacheOf(folder: string, withNative: boolean): Promise<string> {
    await hostEngine("bun");
    const cache = join(folder, "cache/runtime-aws-lambda");
    mkdirSync(join(cache, "native-v1"), { recursive: true });
    symlinkSync(join(defaultCacheFolder(), "engines-v1"), join(cache, "engines-v1"));
    const name = `${platform}-${await nativeCrateHash()}-0123456789abcdef`;
    if (withNative) copyFileSync(await nativeEnginePath(), join(cache, "native-v1", name));
    return dirname(cache);
  }

  async function build(folder: string, cache: string, ...more: readonly string[]): Promise<CommandResult> {
    const args = [
      "examples/hello",
      "--platform",
      platform,
      "--engine",
      "bun",
      "--site",
      "host",
      "--out-dir",
      folder,
      ...more,
    ];
    const result = await runCommand("build", args, { environment: { ...noDocker, XDG_CACHE_HOME: cache } });
    expect(result.exitCode, result.stderr).toBe(0);
    return result;
  }

  const reportOf = ({ stdout }: CommandResult): BuildResult["report"] =>
    (JSON.parse(stdout) as { builds: [BuildResult] }).builds[0].report;

  test("names what an engine that is there would make of it, and the last one", async ({ folder }) => {
    const cache = await cacheOf(folder, true);
    const { stderr } = await build(folder, cache);
    expect(stderr.trim().split("\n").at(-1)).toMatch(
      /^note: --engine native \(experimental\) would do as well, as far as can be told without a run: about \d\.\d MiB instead of \d\d\.\d MiB\. /,
    );
    const json = await build(folder, cache, "--json");
    expect(json.stderr).not.toContain("note:");
    const about = reportOf(json).nativeEngine?.zippedBytes ?? 0;
    const engine = ["--engine", "native", "--engine-path", await nativeEnginePath()];
    const native = await build(join(folder, "native"), cache, ...engine, "--json", "--no-smoke-run");
    expect(Math.abs(about / reportOf(native).zippedBytes - 1)).toBeLessThan(0.1);
    expect(reportOf(native)).not.toHaveProperty("nativeEngine");
    expect(existsSync(join(folder, "native-alternative.zip"))).toBe(false);
  });

  test("has no number that nobody measured", async ({ folder }) => {
    const cache = await cacheOf(folder, false);
    const { stderr } = await build(folder, cache);
    expect(stderr).toContain("would do as well, as far as can be told without a run. It starts faster");
    expect(reportOf(await build(folder, cache, "--json")).nativeEngine).toEqual({});
  });

  test("is not there where it is not asked for", async ({ folder }) => {
    const cache = await cacheOf(folder, false);
    expect((await build(folder, cache, "--quiet")).stderr).not.toContain("--engine native");
    const given = await build(folder, cache, "--engine-path", await hostEngine("bun"));
    expect(given.stderr).not.toContain("--engine native");
    writeFileSync(join(folder, "plugin.mjs"), "export default 1;");
    const beside = await build(folder, cache, "--include", join(folder, "plugin.mjs"));
    expect(beside.stderr).not.toContain("--engine native");
  });
});
