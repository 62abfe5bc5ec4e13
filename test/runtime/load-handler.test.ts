import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { loadHandler } from "../../runtime/load-handler.ts";

/** Modules stay loaded: every case needs a folder of its own. */
async function inFolder(files: object, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-test-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content as string);
    }
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const es = (name: string): string => `export const handler = () => ${JSON.stringify(name)};`;
const cjs = (name: string): string => `exports.handler = () => ${JSON.stringify(name)};`;

test.each([
  ["an ES module", "index.handler", { "index.mjs": es("mjs") }, "mjs"],
  ["a CommonJS module", "index.handler", { "index.cjs": cjs("cjs") }, "cjs"],
  [".js of a CommonJS package", "index.handler", { "package.json": "{}", "index.js": cjs("js") }, "js"],
  [".js of an ES package", "index.handler", { "package.json": '{"type":"module"}', "index.js": es("js") }, "js"],
  ["a module in a folder", "dir/sub/index.handler", { "dir/sub/index.mjs": es("deep") }, "deep"],
  ["a nested export", "index.a.b", { "index.mjs": 'export const a = { b: () => "nested" };' }, "nested"],
  [
    "the extensionless file first",
    "index.handler",
    { "package.json": "{}", index: cjs("bare"), "index.js": cjs("js") },
    "bare",
  ],
  [
    ".js before .mjs and .cjs",
    "index.handler",
    { "index.js": cjs("js"), "index.mjs": es("mjs"), "index.cjs": cjs("cjs") },
    "js",
  ],
  ["a package", "orders.handler", { "node_modules/orders/index.js": cjs("package") }, "package"],
  [
    "a package beside the module's folder",
    "dir/orders.handler",
    { "dir/node_modules/orders/index.js": cjs("near") },
    "near",
  ],
])("finds %s", async (_name, handlerName, files, expected) => {
  await inFolder(files, async (root) => {
    const handler = await loadHandler(root, handlerName);
    expect((handler as unknown as () => unknown)()).toBe(expected);
  });
});

test("waits for a top-level await", async () => {
  const files = { "index.mjs": "const value = await Promise.resolve(7); export const handler = () => value;" };
  await inFolder(files, async (folder) => {
    expect(((await loadHandler(folder, "index.handler")) as unknown as () => unknown)()).toBe(7);
  });
});

test.each([
  ["../index.handler", {}, "Runtime.MalformedHandlerName", "Use absolute paths"],
  ["index", {}, "Runtime.MalformedHandlerName", "Bad handler"],
  ["missing.handler", {}, "Runtime.ImportModuleError", "Cannot find module 'missing'"],
  ["index.handler", { "index.cjs": 'require("absent")' }, "Runtime.ImportModuleError", "Cannot find module 'absent'"],
  [
    "index.handler",
    { "index.cjs": 'throw new SyntaxError("const = 1")' },
    "Runtime.UserCodeSyntaxError",
    "SyntaxError:",
  ],
  ["index.handler", { "index.mjs": 'throw new RangeError("no table")' }, "RangeError", "no table"],
  [
    "index.handler",
    { "index.mjs": "export const other = 1" },
    "Runtime.HandlerNotFound",
    "index.handler is undefined or not exported",
  ],
  [
    "index.handler",
    { "index.mjs": "export const handler = 1" },
    "Runtime.HandlerNotFound",
    "index.handler is not a function",
  ],
  [
    "index.a.b",
    { "index.mjs": "export const a = 1" },
    "Runtime.HandlerNotFound",
    "index.a.b is undefined or not exported",
  ],
])("%s of %j is %s", async (handlerName, files, name, message) => {
  await inFolder(files, async (root) => {
    await expect(loadHandler(root, handlerName)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message) as string,
    });
  });
});
