/** What `build` can be told about TypeScript and JavaScript, shown by functions that run. */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { extractZip } from "../../archive/index.ts";
import { platforms } from "../../images/platforms.ts";
import { baseImageFor, dockerTest } from "../support/docker.ts";
import { skipWithReason } from "../support/requirement.ts";
import { repositoryFolder, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 300_000;
const engines = [
  ["bun", "al2-x86_64"],
  ["node", "al2023-x86_64"],
] as const;

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Builds on this machine and invokes the archive. */
async function buildAndInvoke(project: string, platform: string, args: readonly string[], event = "{}") {
  const out = join(dirname(project), `out-${platform}`);
  const built = await runCommand("build", [
    project,
    "--platform",
    platform,
    "--site",
    "host",
    "--out-dir",
    out,
    ...args,
  ]);
  expect(built.exitCode, built.stderr).toBe(0);
  const { stdout } = await runCommand("emulate", [join(out, "function.zip"), "--event", event]);
  return { answer: JSON.parse(stdout) as unknown, stderr: built.stderr, zip: join(out, "function.zip") };
}

test.for(engines)("--define, --minify and --sourcemap on %s", { timeout }, async ([, platform], { folder }) => {
  const project = join(folder, "project");
  write(project, {
    "handler.ts": `
      declare const STAGE: string;
      class OrderError extends Error {}
      export const handler = async (event: { fail?: boolean }): Promise<unknown> => {
        const veryLongNameOfAVariable = { stage: STAGE, name: OrderError.name };
        if (event.fail) {
          throw new OrderError("bad order");
        }
        return veryLongNameOfAVariable;
      };`,
  });
  const args = ["--define", 'STAGE="production"', "--minify", "--sourcemap"];
  const { answer, zip } = await buildAndInvoke(project, platform, args);
  expect(answer).toEqual({ stage: "production", name: "OrderError" });
  const { stdout } = await runCommand("emulate", [zip, "--event", '{"fail":true}']);
  const { stackTrace } = JSON.parse(stdout) as { stackTrace: readonly string[] };
  expect(stackTrace.join("\n")).toMatch(/handler\.ts:7:\d+/);
  expect(stackTrace.join("\n")).not.toContain(folder);
});

test.for(engines)("--include on %s", { timeout }, async ([, platform], { folder }) => {
  const project = join(folder, "project");
  write(project, {
    "handler.mjs": `
      import { readFileSync, statSync } from "node:fs";
      import { join } from "node:path";
      const at = (name) => join(process.env.LAMBDA_TASK_ROOT, name);
      export const handler = async () => ({
        page: readFileSync(at("pages/a/index.html"), "utf8"),
        model: readFileSync(at("model.bin"), "utf8"),
        mode: (statSync(at("model.bin")).mode & 0o777).toString(8),
      });`,
    "assets/a/index.html": "<p>",
    "model.v2": "weights",
  });
  chmodSync(join(project, "model.v2"), 0o700);
  const include = [
    "--include",
    `pages:${join(project, "assets")}`,
    "--include",
    `model.bin:${join(project, "model.v2")}`,
  ];
  const source = join(project, "handler.mjs");
  const out = join(folder, "out");
  const args = [source, "--platform", platform, "--site", "host", "--out-dir", out, ...include];
  const built = await runCommand("build", args);
  expect(built.exitCode, built.stderr).toBe(0);
  expect(built.stderr).toContain("smoke run  answered: answered the event {}");
  const { stdout } = await runCommand("emulate", [join(out, "function.zip"), "--event", "{}"]);
  expect(JSON.parse(stdout)).toEqual({ page: "<p>", model: "weights", mode: "755" });
});

test.for(engines)("a bundle of 3 MB on %s", { timeout }, async ([, platform], { folder }) => {
  const project = join(folder, "project");
  const functions = Array.from(
    { length: 30_000 },
    (_, at) => `export function f${at}(x) { return "${"x".repeat(60)}" + (x + ${at}); }`,
  );
  write(project, {
    "large.js": `${functions.join("\n")}\n`,
    "handler.js":
      'import * as large from "./large.js";\nexport const handler = async ({ name }) => large[name](1).slice(60);\n',
  });
  const args = ["--no-smoke-run", "--no-manifest"];
  expect(statSync(join(project, "large.js")).size).toBeGreaterThan(3e6);
  const { answer } = await buildAndInvoke(project, platform, args, '{"name":"f29999"}');
  expect(answer).toBe("30000");
});

test("a name that is not UTF-8 is told, and not packed under another one", { timeout }, async ({ folder, skip }) => {
  write(folder, { "handler.js": "export const handler = () => 1;\n", "assets/.keep": "" });
  const name = Buffer.concat([Buffer.from(join(folder, "assets/caf")), Buffer.from([0xe9])]);
  try {
    writeFileSync(name, "latin1");
  } catch {
    skip("the file system takes UTF-8 names only");
  }
  const args = [".", "--platform", "al2-x86_64", "--site", "host", "--include", "assets"];
  const { exitCode, stderr } = await runCommand("build", args, { cwd: folder });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(
    /^error: "assets" cannot be included: .*assets\/caf\S+ has a name that is not UTF-8 \(BAD_OPTIONS\)$/m,
  );
});

test.for([
  ["nothing", "nowhere", "there is nothing at"],
  ["a link", "link", "is a symbolic link, which no archive holds"],
  ["the bootstrap's own name", "bootstrap:handler.js", "the archive has a file bootstrap already"],
  ["a path out of the archive", "../x:handler.js", "leaves the folder it is unpacked to"],
] as const)("%s is not included", { timeout }, async ([, include, message], { folder }) => {
  write(folder, { "handler.js": "export const handler = () => 1;\n" });
  symlinkSync("handler.js", join(folder, "link"));
  const args = [".", "--platform", "al2-x86_64", "--site", "host", "--include", include];
  const { exitCode, stderr } = await runCommand("build", args, { cwd: folder });
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain(message);
});

test.for(engines)(
  "--external on %s: installed beside the bootstrap, with what it depends on",
  { timeout },
  async ([, platform], { folder }) => {
    const project = join(folder, "project");
    write(project, {
      "handler.js": 'import { shared } from "shared";\nexport const handler = async () => shared;\n',
      "packages/shared/package.json": JSON.stringify({
        name: "shared",
        version: "1.0.0",
        type: "module",
        exports: "./index.js",
        dependencies: { deep: `file:${join(project, "packages/deep")}` },
      }),
      "packages/shared/index.js": 'import { deep } from "deep";\nexport const shared = `shared and ${deep}`;\n',
      "packages/deep/package.json": '{"name":"deep","version":"1.0.0","type":"module","exports":"./index.js"}',
      "packages/deep/index.js": 'export const deep = "deep";\n',
      "node_modules/.keep": "",
    });
    symlinkSync("../packages/shared", join(project, "node_modules/shared"));
    const { answer, zip } = await buildAndInvoke(join(project, "handler.js"), platform, ["--external", "shared"]);
    expect(answer).toBe("shared and deep");
    const unpacked = join(folder, "unpacked");
    mkdirSync(unpacked);
    await extractZip(zip, unpacked);
    expect(realpathSync(join(unpacked, "node_modules/deep/index.js"))).toContain(unpacked);
  },
);

test("a package that is not installed, and an addon outside of any package", { timeout }, async ({ folder }) => {
  write(folder, {
    "handler.js": 'import "absent";\nexport const handler = () => 1;\n',
    "addon/handler.js": 'import addon from "./sum.node";\nexport const handler = () => addon.sum(1, 2);\n',
    "addon/sum.node": "",
  });
  const common = ["--platform", "al2-x86_64", "--site", "host", "--out-dir", folder];
  const absent = await runCommand("build", [join(folder, "handler.js"), ...common, "--external", "absent"]);
  expect(absent.stderr).toMatch(
    /^error: The package absent .* is not installed \(PACKAGE_UNAVAILABLE\)\nhint: npm install absent$/m,
  );
  const addon = await runCommand("build", [join(folder, "addon"), ...common]);
  expect(addon.stderr).toMatch(/sum\.node is a native addon: no bundle can hold it/);
});

test(
  "a workspace: TypeScript of another package, an ESM-only dependency, the AWS SDK",
  { timeout },
  async ({ folder }) => {
    const project = join(folder, "packages/api");
    write(folder, {
      "package.json": '{"private":true,"workspaces":["packages/*"]}',
      "packages/shared/package.json":
        '{"name":"@shop/shared","version":"1.0.0","type":"module","exports":"./src/index.ts"}',
      "packages/shared/src/index.ts":
        "export const total = (...prices: number[]): number => prices.reduce((a, b) => a + b, 0);\n",
      "packages/api/package.json": '{"name":"api","type":"module"}',
      "packages/api/tsconfig.json": '{"compilerOptions":{"paths":{"#lib/*":["./lib/*"]}}}',
      "packages/api/lib/currency.ts": 'export const currency = "EUR";\n',
      "packages/api/src/handler.ts": `
      import { total } from "@shop/shared";
      import { LambdaClient } from "@aws-sdk/client-lambda";
      import { currency } from "#lib/currency";
      export const handler = async (event: { prices: number[] }): Promise<unknown> => {
        const { setTimeout } = await import("node:timers/promises");
        await setTimeout(1);
        return { total: total(...event.prices), currency, region: await new LambdaClient({}).config.region() };
      };`,
      "node_modules/@shop/.keep": "",
    });
    symlinkSync("../../packages/shared", join(folder, "node_modules/@shop/shared"));
    symlinkSync(join(repositoryFolder, "node_modules/@aws-sdk"), join(folder, "node_modules/@aws-sdk"));
    for (const [, platform] of engines) {
      // oxlint-disable-next-line no-await-in-loop -- builds of one project
      const { answer } = await buildAndInvoke(project, platform, ["--no-smoke-run"], '{"prices":[1,2]}');
      expect(answer).toEqual({ total: 3, currency: "EUR", region: "us-east-1" });
    }
  },
);

const yarn = `${repositoryFolder}test/peers/package-managers/node_modules/yarn-berry/bin/yarn.js`;
const whyNoYarn = existsSync(yarn) ? undefined : `${yarn} is not there: npm --prefix test/peers/package-managers ci`;
/** The fixture's own package, as npm links it, and as Yarn does without node_modules. */
const layouts = {
  node_modules: (project: string): void => {
    mkdirSync(join(project, "node_modules"));
    symlinkSync("../packages/native-sum", join(project, "node_modules/native-sum"));
  },
  "Plug'n'Play": (project: string): void => {
    write(project, {
      ".yarnrc.yml": "enableTelemetry: false\nenableGlobalCache: false\nnodeLinker: pnp\n",
      "yarn.lock": "",
    });
    const env = { ...process.env, CI: "", npm_config_registry: "http://127.0.0.1:1", HOME: project };
    execFileSync(process.execPath, [yarn, "install"], { cwd: project, env, stdio: "pipe" });
  },
};

for (const [engine, platform, layout] of [
  ["node", "al2023-x86_64", "node_modules"],
  ["bun", "al2023-arm64", "node_modules"],
  ["bun", "al2-x86_64", "Plug'n'Play"],
] as const) {
  dockerTest(
    `a native addon in ${layout} is compiled in the image of ${platform}, and loaded by ${engine}`,
    { platforms: [`${platforms[platform].imageFolder}-x86_64`, platform], timeoutMs: timeout },
    async ({ folder, skip }) => {
      skipWithReason(skip, layout === "node_modules" ? undefined : whyNoYarn);
      const project = join(folder, "addon");
      cpSync("test/fixtures/projects/addon", project, { recursive: true });
      layouts[layout](project);
      const machine = `${platforms[platform].imageFolder}-x86_64` as const;
      const images = [...new Set([machine, platform])].flatMap((each) => {
        const image = baseImageFor(each);
        return image === undefined ? [] : ["--base-image", `${each}=${image}`];
      });
      const event = '{"numbers":[1,2.5]}';
      const args = [project, "--platform", platform, "--engine", engine, "--out-dir", folder, "--smoke-event", event];
      const built = await runCommand("build", [...args, ...images]);
      expect(built.exitCode, built.stderr).toBe(0);
      expect(built.stderr).toContain(`smoke run  answered: answered the event ${event}`);
      const { stdout } = await runCommand("emulate", [
        join(folder, "function.zip"),
        "--platform",
        platform,
        ...images,
        "--event",
        event,
      ]);
      expect(stdout).toBe("3.5\n");
    },
  );
}

test("an addon that would have to be compiled across on this machine is refused", { timeout }, async ({ folder }) => {
  const project = join(folder, "addon");
  cpSync("test/fixtures/projects/addon", project, { recursive: true });
  layouts.node_modules(project);
  const foreign = process.arch === "arm64" ? "al2023-x86_64" : "al2023-arm64";
  const args = [project, "--platform", foreign, "--site", "host", "--out-dir", folder];
  const { exitCode, stderr } = await runCommand("build", args);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^error: The addon of native-sum cannot be compiled for .* on this machine \(COMPILE_FAILED\)\nhint: Use --site docker$/m,
  );
});
