import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { bundleFunction } from "../../bundle/index.ts";
import { mapStack } from "../../runtime/source-map.ts";
import { test } from "../support/temporary-folder.ts";

const fixture = new URL("../fixtures/functions/misbehave.ts", import.meta.url).pathname;

async function bundle(folder: string, withMap: boolean): Promise<{ file: string; position: string }> {
  const { code } = await bundleFunction({
    source: fixture,
    format: "module",
    ...(withMap ? { sourceMap: "inline" } : {}),
  });
  const file = join(folder, "bootstrap.mjs");
  writeFileSync(file, code);
  const lines = Buffer.from(code).toString("utf8").split("\n");
  const index = lines.findIndex((line) => line.includes('throw new TypeError("bad order")'));
  return { file, position: `${index + 1}:${(lines[index]?.indexOf("new TypeError") ?? 0) + 1}` };
}

/** vitest runs with source maps on: Node.js's own mapping is switched off for one call. */
function map(stack: string): string {
  const isEnabled = process.sourceMapsEnabled;
  process.setSourceMapsEnabled(false);
  try {
    return mapStack(stack);
  } finally {
    process.setSourceMapsEnabled(isEnabled);
  }
}

test("positions in a bundle become positions in its sources", async ({ folder }) => {
  const { file, position } = await bundle(folder, true);
  expect(map(`    at handler (${file}:${position})`)).toBe(`    at handler (${fixture}:13:13)`);
  expect(map(`    at file://${file}:${position}`)).toBe(`    at ${fixture}:13:13`);
});

test("a bundle without a map, a position outside of it, and a file that is gone stay as they are", async ({
  folder,
}) => {
  const { file } = await bundle(folder, true);
  const outside = `    at ${file}:1:1`;
  expect(map(outside)).toBe(outside);
  const plain = join(folder, "plain.js");
  writeFileSync(plain, "// nothing");
  const broken = join(folder, "broken.js");
  writeFileSync(broken, `//# sourceMappingURL=data:application/json;base64,${Buffer.from("{").toString("base64")}`);
  const stack = `    at ${plain}:1:1\n    at ${broken}:1:1\n    at ${folder}/gone.mjs:1:1\n    at node:internal:1:1`;
  expect(map(stack)).toBe(stack);
});

test("a source that is no file keeps its own name", async ({ folder }) => {
  const payload = { version: 3, sources: ["https://example.test/a.ts"], names: [], mappings: "AAAA" };
  const file = join(folder, "remote.js");
  writeFileSync(
    file,
    `x\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(payload)).toString("base64")}`,
  );
  expect(map(`    at ${file}:1:1`)).toBe("    at https://example.test/a.ts:1:1");
});

test("a bundle inside of an executable has its map beside that", async ({ folder }) => {
  const { code, map: json } = await bundleFunction({ source: fixture, format: "module", sourceMap: "separate" });
  const lines = Buffer.from(code).toString("utf8").split("\n");
  expect(lines.at(-1), "no map at the end of the code").not.toContain("sourceMappingURL");
  const line = lines.findIndex((each) => each.includes('throw new TypeError("bad order")'));
  const column = lines[line]?.indexOf("new TypeError") ?? 0;
  const { execPath } = process;
  try {
    process.execPath = join(folder, "bootstrap");
    expect(map("at handler (bundle.cjs:1:1)")).toBe("at handler (bundle.cjs:1:1)");
    writeFileSync(join(folder, "bootstrap.map"), json ?? "");
    expect(map(`at handler (bundle.mjs:${line + 1}:${column + 1})`)).toBe("at handler (misbehave.ts:13:13)");
  } finally {
    process.execPath = execPath;
  }
});

test("nothing is done while Node.js maps", () => {
  const isEnabled = process.sourceMapsEnabled;
  process.setSourceMapsEnabled(true);
  try {
    expect(mapStack("    at /gone.js:1:1")).toBe("    at /gone.js:1:1");
  } finally {
    process.setSourceMapsEnabled(isEnabled);
  }
});

test("where Node.js maps, nothing is mapped twice", async ({ folder }) => {
  const { file, position } = await bundle(folder, true);
  const script = `
    import { mapStack } from ${JSON.stringify(new URL("../../dist/runtime/source-map.js", import.meta.url).href)};
    console.log(mapStack("at ${file}:${position}"));`;
  const program = join(folder, "program.mjs");
  writeFileSync(program, script);
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ["--enable-source-maps", program]);
  expect(stdout).toBe(`at ${file}:${position}\n`);
});
