/** Tables that packages compute when they are loaded are computed when somebody looks at them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundleFunction } from "../../bundle/bundle.ts";
import { withDeferredTables } from "../../bundle/deferred-tables-plugin.ts";
import { repositoryFolder } from "../support/run-command.ts";

const module = async (text: string): Promise<Record<string, (...args: unknown[]) => unknown>> =>
  (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as never;

describe("of packages, with the same results", () => {
  const load = async (file: string) => {
    const text = readFileSync(join(repositoryFolder, "node_modules", file), "utf8");
    const deferred = withDeferredTables(text);
    expect(deferred).toContain("__table0 ??=");
    expect(deferred.split("\n")).toHaveLength(text.split("\n").length);
    return { before: await module(text), after: await module(deferred), deferred };
  };
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const core = "@smithy/core/dist-es/submodules";

  test("hexadecimal numbers", async () => {
    const { before, after } = await load(`${core}/serde/util-hex-encoding/hex-encoding.js`);
    const hex = after["toHex"]?.(bytes);
    expect(hex).toBe(before["toHex"]?.(bytes));
    expect(after["fromHex"]?.(hex)).toEqual(bytes);
    expect(() => after["fromHex"]?.("xy")).toThrow("Cannot decode unrecognized sequence xy");
  });

  test("checksums", async () => {
    const { before, after } = await load(`${core}/checksum/crc32/Crc32Js.js`);
    const digest = ({ Crc32Js }: typeof before) => {
      const checksum = new (Crc32Js as unknown as new () => { update(data: Uint8Array): void; digestSync(): number })();
      checksum.update(bytes);
      return checksum.digestSync();
    };
    expect(digest(after)).toBe(digest(before));
  });

  test("identifiers", async () => {
    const { before, after, deferred } = await load(`${core}/serde/uuid/v4.js`);
    expect(deferred.match(/__table0 \?\?= __makeTable0/g)).toHaveLength(16);
    expect(Object.keys(after)).toEqual(Object.keys(before));
  });
});

test.for([
  ["that is exported", "export const t = [];\nfor (let i = 0; i < 2; i++) {\n  t[i] = i;\n}\n"],
  ["that is handed on", "const t = [];\nfor (let i = 0; i < 2; i++) {\n  t[i] = i;\n}\nexport const a = () => f(t);\n"],
  ["in a template", "const t = [];\nfor (let i = 0; i < 2; i++) {\n  t[i] = i;\n}\nexport const a = () => `t[0]`;\n"],
  [
    "that depends on more",
    "const t = [];\nfor (let i = 0; i < n; i++) {\n  t[i] = i;\n}\nexport const a = () => t[0];\n",
  ],
  ["with effects", "const t = [];\nfor (let i = 0; i < 2; i++) {\n  t[i] = now();\n}\nexport const a = () => t[0];\n"],
  ["in a string", "const t = [];\nfor (let i = 0; i < 2; i++) {\n  t[i] = i;\n}\nexport const a = () => f('t[0]');\n"],
  ["in a comment", "const t = [];\nfor (let i = 0; i < 2; i++) {\n  t[i] = i;\n}\nexport const a = () => 1; // t[0]\n"],
  ["in a pattern", "const t = [];\nfor (let i = 0; i < 2; i++) {\n  t[i] = i;\n}\nexport const a = () => /t[0]/;\n"],
  ["without semicolons", "const t = [];\nfor (let i = 0; i < 2; i++) {\n  t[i] = i;\n}\nconst f = g\nt[0] = 1\n"],
  ["that goes on", "const t = Array.from({ length: 2 }, (_, i) => i)\n  .map(f);\nexport const a = () => t[0];\n"],
  [
    "that goes on at once",
    "const t = Array.from({ length: 2 }, (_, i) => i)\n.map(f);\nexport const a = () => t[0];\n",
  ],
  ["of somebody else's", "const t = Array.from({ length: 2 }, (_, i) => i + n);\nexport const a = () => t[0];\n"],
])("a table %s stays", ([, text = ""]) => {
  expect(withDeferredTables(text)).toBe(text);
});

test("each of a file's tables by itself", async () => {
  const table = (name: string) => `const ${name} = [];\nfor (let i = 0; i < 3; i++) {\n  ${name}[i] = i * 2;\n}\n`;
  const deferred = withDeferredTables(`${table("a")}${table("b")}export const sum = (i) => a[i] + b[i + 1];\n`);
  expect(deferred).toContain("(__table0 ??= __makeTable0()).a[i] + (__table1 ??= __makeTable1()).b[i + 1]");
  expect((await module(deferred))["sum"]?.(1)).toBe(6);
});

test("a bundle for the native engine computes none when it is loaded", async () => {
  const source = join(repositoryFolder, "examples/invoke/handler.ts");
  const { modules = [] } = await bundleFunction({ source, format: "native", splits: true });
  const text = modules.map(({ code }) => Buffer.from(code).toString()).join("\n");
  for (const name of ["CRC32_TABLE", "SHORT_TO_HEX", "decimalToHex", "hexSliceLookupTable"]) {
    expect(text.match(new RegExp(`\\)\\.${name}\\[`, "g"))?.length, name).toBeGreaterThan(0);
  }
});
