import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { describe, expect } from "vitest";
import { bundleFunction } from "../../bundle/index.ts";
import { event, startScriptedRuntimeApi } from "../support/scripted-runtime-api.ts";
import { test } from "../support/temporary-folder.ts";

const fixture = (name: string): string => new URL(`../fixtures/${name}`, import.meta.url).pathname;
const textOf = (code: Uint8Array): string => Buffer.from(code).toString("utf8");

describe("kinds of source", () => {
  test.for([
    ["a module with the export", "export const handler = () => 1;", "handler"],
    ["an export from elsewhere", 'export * from "./other.ts";', "handler"],
    ["a CommonJS module, whatever it exports", "exports.later = 1;", "handler"],
    [
      "a program that runs a runtime",
      'import { defaultRuntime } from "runtime-aws-lambda"; await defaultRuntime(() => () => 1).run();',
      "program",
    ],
  ] as const)("%s", async ([, source, kind], { folder }) => {
    writeFileSync(join(folder, "other.ts"), "export const handler = (): number => 1;");
    writeFileSync(join(folder, "source.js"), source);
    expect((await bundleFunction({ source: join(folder, "source.js"), format: "module" })).kind).toBe(kind);
  });

  test("another export can be asked for", async ({ folder }) => {
    const source = join(folder, "source.ts");
    writeFileSync(source, "export const main = () => 1;");
    const { code } = await bundleFunction({ source, format: "module", exportName: "main" });
    expect(textOf(code)).toContain('"main")');
  });
});

test("a module without the export names what it exports", async () => {
  await expect(bundleFunction({ source: fixture("functions/no-handler.ts"), format: "module" })).rejects.toMatchObject({
    code: "HANDLER_NOT_EXPORTED",
    message: expect.stringMatching(/no-handler\.ts exports handel, but no "handler"$/) as string,
  });
});

test("a file that is not there", async () => {
  await expect(bundleFunction({ source: "/nowhere.ts", format: "module" })).rejects.toMatchObject({
    code: "ENTRY_NOT_FOUND",
  });
});

test("problems are listed with file, line and column, five in the message and all in `locations`", async ({
  folder,
}) => {
  const source = join(folder, "source.ts");
  writeFileSync(
    source,
    `${Array.from({ length: 7 }, (_, index) => `import "./missing-${index}.ts";`).join("\n")}\nexport const handler = 1;`,
  );
  const error: unknown = await bundleFunction({ source, format: "module" }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "BUNDLE_FAILED" });
  const { message, locations } = error as { message: string; locations: string[] };
  expect(locations).toHaveLength(7);
  expect(locations[1]).toBe(`${source}:2:8: Could not resolve "./missing-1.ts"`);
  expect(message.split("\n")).toHaveLength(7);
  expect(message).toMatch(/… and 2 more$/);
});

test("nothing in a bundle shows where it was made", async ({ folder }) => {
  const source = 'import { name } from "./lib/name.ts"; export const handler = () => name;';
  const bundles = await Promise.all(
    ["a", "deeper/b"].map(async (place) => {
      const project = join(folder, place);
      mkdirSync(join(project, "lib"), { recursive: true });
      writeFileSync(join(project, "handler.ts"), source);
      writeFileSync(join(project, "lib/name.ts"), 'export const name: string = "Ada";');
      const { code, inputs } = await bundleFunction({ source: join(project, "handler.ts"), format: "script" });
      expect(inputs).toEqual([join(project, "lib/name.ts"), join(project, "handler.ts")]);
      return textOf(code);
    }),
  );
  expect(bundles[0]).toBe(bundles[1]);
  expect(bundles[0]).not.toContain(folder);
});

test("a script has no import statement left, and keeps top-level await and import.meta.url", async ({ folder }) => {
  const source = join(folder, "source.ts");
  writeFileSync(
    source,
    'import { basename } from "node:path"; const late = await Promise.resolve(1); export const handler = () => [late, basename(import.meta.url), __dirname];',
  );
  const text = textOf((await bundleFunction({ source, format: "script" })).code);
  expect(text).not.toMatch(/^\s*import\s/m);
  expect(() => new Script(text)).not.toThrow();
});

test.each(["module", "script"] as const)("import.meta is what it is in a file of its own (%s)", async (format) => {
  const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-test-"));
  try {
    const source = join(folder, "source.mts");
    writeFileSync(
      source,
      `const { url, filename, dirname } = import.meta;
       export const handler = () => ({ url, filename, dirname, beside: import.meta.resolve("./beside.js"), fs: import.meta.resolve("fs") });`,
    );
    const { code } = await bundleFunction({ source, format });
    const file = join(folder, format === "module" ? "bootstrap.mjs" : "bootstrap.cjs");
    writeFileSync(file, code);
    await using api = await startScriptedRuntimeApi([event("{}")]);
    const child = spawn(process.execPath, [file], {
      env: { AWS_LAMBDA_RUNTIME_API: api.authority },
      stdio: "ignore",
    });
    await new Promise((resolve) => child.once("exit", resolve));
    expect(JSON.parse(api.requests[1]?.body ?? "")).toEqual({
      url: pathToFileURL(file).href,
      filename: file,
      dirname: folder,
      beside: pathToFileURL(join(folder, "beside.js")).href,
      fs: "node:fs",
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a module may declare what CommonJS code takes for granted", async ({ folder }) => {
  const source = join(folder, "source.mjs");
  writeFileSync(
    source,
    [
      'import { createRequire } from "node:module"; import { dirname } from "node:path"; import { fileURLToPath } from "node:url";',
      "const require = createRequire(import.meta.url); const __filename = fileURLToPath(import.meta.url); const __dirname = dirname(__filename);",
      'export const handler = () => [require("node:os").EOL, __filename, __dirname];',
    ].join("\n"),
  );
  for (const format of ["module", "script"] as const) {
    // oxlint-disable-next-line no-await-in-loop
    const { code } = await bundleFunction({ source, format });
    expect(textOf(code)).toContain("createRequire");
  }
});
