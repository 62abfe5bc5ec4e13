/** Workspaces as npm, pnpm and yarn lay them out, each by its own hand: TypeScript of another package is bundled. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { parseArchitecture } from "../../images/platforms.ts";
import { skipWithReason } from "../support/requirement.ts";
import { noDocker, repositoryFolder, runCommand } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const timeout = 180_000;
const bin = (name: string): string => `${repositoryFolder}test/peers/package-managers/node_modules/${name}`;

/** How each is run without a registry, and what the workspace has for it. */
const managers = [
  { name: "npm", command: ["npm", "install", "--offline", "--no-audit"], version: "1.0.0", files: {} },
  {
    name: "pnpm",
    command: [process.execPath, bin("pnpm/bin/pnpm.cjs"), "install", "--offline"],
    version: "workspace:*",
    files: { "pnpm-workspace.yaml": "packages:\n  - packages/*\n" },
  },
  {
    name: "yarn",
    command: [process.execPath, bin("yarn/bin/yarn.js"), "install", "--offline", "--no-lockfile"],
    version: "1.0.0",
    files: {},
  },
  {
    name: "yarn with Plug'n'Play",
    command: [process.execPath, bin("yarn-berry/bin/yarn.js"), "install"],
    version: "workspace:*",
    files: { ".yarnrc.yml": "enableTelemetry: false\nenableGlobalCache: false\nnodeLinker: pnp\n", "yarn.lock": "" },
  },
] as const;

function workspace(version: string): Readonly<Record<string, string>> {
  const manifest = (more: object): string => JSON.stringify({ version: "1.0.0", private: true, ...more });
  return {
    "package.json": manifest({ name: "shop", workspaces: ["packages/*"] }),
    "packages/api/package.json": manifest({
      name: "@shop/api",
      type: "module",
      dependencies: { "@shop/money": version, "@shop/sum": version, label: "file:../../vendor/label" },
    }),
    "packages/api/src/handler.ts":
      'import { total } from "@shop/money";\nimport label from "label";\n' +
      "export const handler = async (event: { prices: number[] }) => label(total(event.prices));\n",
    // Plug'n'Play has it in an archive, and under a path that does not exist, because of its peer.
    "vendor/label/package.json": manifest({ name: "label", main: "index.js", peerDependencies: { "@shop/sum": "*" } }),
    "vendor/label/index.js": 'require("@shop/sum");\nmodule.exports = (text) => `total ${text}`;\n',
    "packages/money/package.json": manifest({
      name: "@shop/money",
      type: "module",
      exports: "./src/index.ts",
      dependencies: { "@shop/sum": version },
    }),
    "packages/money/src/index.ts":
      'import sum from "@shop/sum";\nexport const total = (prices: readonly number[]): string => `${prices.reduce(sum, 0)} EUR`;\n',
    "packages/sum/package.json": manifest({ name: "@shop/sum", main: "index.js" }),
    "packages/sum/index.js": "module.exports = (a, b) => a + b;\n",
  };
}

test.for(managers)("$name", { timeout }, async ({ name, command, version, files }, { folder, skip }) => {
  const [program, ...args] = command;
  const script = args[0].startsWith("/") ? args[0] : undefined;
  const isThere = script === undefined || existsSync(script);
  skipWithReason(skip, isThere ? undefined : `${script} is not there: npm --prefix test/peers/package-managers ci`);
  for (const [path, content] of Object.entries({ ...workspace(version), ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const environment = { ...process.env, CI: "", npm_config_registry: "http://127.0.0.1:1", HOME: folder };
  const installed = spawnSync(program, args, { cwd: folder, env: environment, encoding: "utf8" });
  expect(installed.status, installed.stdout + installed.stderr).toBe(0);
  const platform = `al2-${parseArchitecture(process.arch)}`;
  const build = ["packages/api", "--platform", platform, "--smoke-event", '{"prices":[1,2]}', "--out-dir", "out"];
  const built = await runCommand("build", build, { cwd: folder, environment: noDocker });
  expect(built.exitCode, built.stderr).toBe(0);
  expect(built.stderr).toContain("smoke run  answered");
  const manifest = JSON.parse(readFileSync(join(folder, "out/function.manifest.json"), "utf8")) as {
    readonly inputs: readonly { readonly path: string }[];
  };
  const inputs = manifest.inputs.map(({ path }) => path);
  expect(inputs).toContain("../sum/index.js");
  expect(inputs.some((path) => /\/\.yarn\/cache\/label-.*\.zip$/.test(path))).toBe(name === "yarn with Plug'n'Play");
  const { stdout } = await runCommand("emulate", [join(folder, "out/function.zip"), "--event", '{"prices":[1,2]}']);
  expect(stdout).toBe('"total 3 EUR"\n');
  if (name !== "yarn with Plug'n'Play") return;
  const refusal = async (...more: string[]): Promise<string> =>
    (await runCommand("build", [...build, ...more], { cwd: folder, environment: noDocker })).stderr;
  expect(await refusal("--external", "label")).toMatch(
    /^error: The package label is in an archive of Yarn's: .* \(PACKAGE_UNAVAILABLE\)\nhint: yarn unplug label$/m,
  );
  expect(await refusal("--engine", "native")).toMatch(
    /^error: The native engine's bundle cannot be made of Yarn's archive .*label-.*\.zip \(BUNDLE_FAILED\)\nhint: nodeLinker: /m,
  );
});
