/** Which file each build is to write, and which builds would be in each other's way. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { namedAfter } from "../../builder/named-after.ts";
import { plannedBuilds } from "../../cli/planned-builds.ts";
import { test } from "../support/temporary-folder.ts";

const platform = ["al2-arm64"] as const;

test("two modules of one folder would write the same archive: refused", async ({ folder }) => {
  const modules = ["api.ts", "worker.ts"].map((name) => join(folder, name));
  for (const path of modules) writeFileSync(path, "");
  await expect(plannedBuilds(modules, { platform })).rejects.toThrow(
    `would both write ${join(folder, "function.zip")}`,
  );
});

test("a project named twice is refused, in whatever spelling", async ({ folder }) => {
  mkdirSync(join(folder, "api"));
  const twice = [join(folder, "api"), `${folder}/./api/`];
  await expect(plannedBuilds(twice, { platform })).rejects.toThrow("would both write");
});

test("in one --out-dir archives are named after folders and modules that say something", async ({ folder }) => {
  for (const name of ["hello", "v1.2"]) mkdirSync(join(folder, name));
  const modules = ["hello/handler.ts", "hello/worker.ts"].map((name) => join(folder, name));
  for (const path of modules) writeFileSync(path, "");
  const builds = await plannedBuilds([...modules, join(folder, "v1.2")], { platform, outDir: folder });
  expect(builds.map(({ fileName }) => fileName)).toEqual(["hello.zip", "worker.zip", "v1.2.zip"]);
});

test("an executable is never named like a folder", async ({ folder }) => {
  mkdirSync(join(folder, "orders"));
  const path = join(folder, "lambda.config.json");
  writeFileSync(path, JSON.stringify({ functions: { orders: { source: "./orders" } } }));
  const flags = { config: path, format: "executable" } as const;
  const one = await plannedBuilds([], { ...flags, platform });
  expect(one.map(({ fileName }) => fileName)).toEqual(["bootstrap-orders"]);
  const two = await plannedBuilds([], { ...flags, platform: ["al2-arm64", "al2-x86_64"] });
  expect(two.map(({ fileName }) => fileName)).toEqual(["bootstrap-orders-al2-arm64", "bootstrap-orders-al2-x86_64"]);
});

test.each([
  ["function.zip", "api.zip"],
  ["function-al2-arm64.zip", "api-al2-arm64.zip"],
  ["functions.zip", "api-functions.zip"],
  ["bootstrap", "bootstrap-api"],
  ["bootstrap-al2-arm64", "bootstrap-api-al2-arm64"],
])("one binary of several: %s → %s", (fileName, expected) => {
  expect(namedAfter("api", fileName)).toBe(expected);
});
