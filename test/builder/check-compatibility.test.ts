/** What the native engine does not have is refused before anything is built, by name and by who wants it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { checkCompatibility } from "../../builder/engines/check-compatibility.ts";
import { bundleFunction } from "../../bundle/index.ts";
import { test } from "../support/temporary-folder.ts";

/** Writes the files, bundles `handler.mjs` and checks it. Returns the warnings. */
async function check(folder: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const warnings: string[] = [];
  const bundle = await bundleFunction({ source: join(folder, "handler.mjs"), format: "native" });
  checkCompatibility(bundle, (message) => warnings.push(message));
  return warnings;
}

describe("modules", () => {
  test("the function's own import", async ({ folder }) => {
    const files = {
      "handler.mjs": `import { createSocket } from "node:dgram"; export const handler = async () => createSocket("udp4");`,
    };
    await expect(check(folder, files)).rejects.toMatchObject({
      code: "ENGINE_LACKS_MODULE",
      message: "The native engine has no module node:dgram, which the function itself imports (handler.mjs)",
      hint: expect.stringContaining("--engine bun") as string,
    });
  });

  test("an import of a package, with the way to it", async ({ folder }) => {
    const files = {
      "handler.mjs": `import { send } from "./lib/send.mjs"; export const handler = send;`,
      "lib/send.mjs": `import mail from "mail"; export const send = async () => mail();`,
      "node_modules/mail/package.json": '{"name":"mail","version":"1.0.0","main":"index.js"}',
      "node_modules/mail/index.js": `const { exec } = require("child_process"); module.exports = () => exec("mail");`,
    };
    await expect(check(folder, files)).rejects.toMatchObject({
      message:
        "The native engine has no module node:child_process, which the package mail imports " +
        "(handler.mjs → lib/send.mjs → node_modules/mail/index.js)",
    });
  });

  test("a single export", async ({ folder }) => {
    const files = { "handler.mjs": `import { watch } from "node:fs"; export const handler = async () => watch(".");` };
    await expect(check(folder, files)).rejects.toMatchObject({
      code: "BUNDLE_FAILED",
      message: expect.stringMatching(/handler\.mjs:1:10: The native engine's node:fs has no watch$/) as string,
    });
  });

  test("an import that nobody uses is none", async ({ folder }) => {
    const files = {
      "handler.mjs": `import { two } from "numbers"; export const handler = async () => two();`,
      "node_modules/numbers/package.json": '{"name":"numbers","sideEffects":false,"module":"index.mjs"}',
      "node_modules/numbers/index.mjs": `export { serve } from "./serve.mjs"; export const two = () => 2;`,
      "node_modules/numbers/serve.mjs": `import { createServer } from "node:http2"; export const serve = createServer;`,
    };
    expect(await check(folder, files)).toEqual([]);
  });

  test("an import that may never be made is a warning", async ({ folder }) => {
    const files = {
      "handler.mjs": `export const handler = async ({ how }) => how && (await import("node:vm")).runInThisContext(how);`,
    };
    expect(await check(folder, files)).toEqual([
      "Where it is loaded the function will fail: The native engine has no module node:vm, which the function itself imports (handler.mjs)",
    ]);
  });
});

test("globals are a warning", async ({ folder }) => {
  const files = { "handler.mjs": `export const handler = async () => new Intl.NumberFormat("en").format(1.5);` };
  expect(await check(folder, files)).toEqual([
    "The native engine does not have these globals, which the bundle names: Intl",
  ]);
});

test("packages that stay outside of the bundle", async ({ folder }) => {
  const files = {
    "handler.mjs": `import sum from "sum"; export const handler = async () => sum(1, 2);`,
    "node_modules/sum/package.json": '{"name":"sum","main":"index.js"}',
    "node_modules/sum/binding.gyp": "{}",
    "node_modules/sum/index.js": `module.exports = require("./build/Release/sum.node");`,
  };
  await expect(check(folder, files)).rejects.toMatchObject({
    code: "ENGINE_LACKS_MODULE",
    message: "The package sum has a native addon, and the native engine loads nothing that is not in the bundle",
  });
});
