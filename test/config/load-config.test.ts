import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { findConfig, loadConfig, nearestName } from "../../config/index.ts";
import { test } from "../support/temporary-folder.ts";

const several = new URL("../../examples/several/lambda.config.ts", import.meta.url).pathname;

test("TypeScript is run, and paths are those of the file's folder", async () => {
  const folder = new URL("../../examples/several", import.meta.url).pathname;
  const { functions, path } = await loadConfig(findConfig(folder) ?? "");
  expect(path).toBe(several);
  expect(functions["orders"]).toMatchObject({
    source: join(folder, "orders.ts"),
    eventInvokeConfig: { onSuccess: "function:audit" },
  });
});

test("JSON and JavaScript do as well; files and layers are made absolute", async ({ folder }) => {
  const config = {
    functions: {
      it: {
        source: "it.zip",
        layers: ["layer"],
        engine: "native",
        eventInvokeConfig: {
          onFailure: "failed.jsonl",
          onSuccess: "http://127.0.0.1/x.jsonl",
          maximumRetryAttempts: 1,
        },
      },
    },
  };
  writeFileSync(join(folder, "lambda.config.json"), JSON.stringify(config));
  const fromJson = await loadConfig(join(folder, "lambda.config.json"));
  expect(fromJson.functions["it"]).toEqual({
    source: join(folder, "it.zip"),
    layers: [join(folder, "layer")],
    engine: "native",
    eventInvokeConfig: {
      onFailure: join(folder, "failed.jsonl"),
      onSuccess: "http://127.0.0.1/x.jsonl",
      maximumRetryAttempts: 1,
    },
  });
  writeFileSync(join(folder, "lambda.config.mjs"), `export default ${JSON.stringify(config)}`);
  expect(findConfig(folder)).toBe(join(folder, "lambda.config.mjs"));
  expect((await loadConfig(join(folder, "lambda.config.mjs"))).functions).toEqual(fromJson.functions);
  expect(findConfig(join(folder, "nowhere"))).toBeUndefined();
});

test.each([
  ["lambda.config.json", "{", "CONFIG_NOT_LOADED", "cannot be loaded", undefined],
  ["lambda.config.mjs", "export default 1", "BAD_CONFIG", "has no default export with functions", "export default"],
  ["lambda.config.mjs", "throw new Error('no table')", "CONFIG_NOT_LOADED", "no table", undefined],
  ["lambda.config.json", '{"functions":{}}', "BAD_CONFIG", "at least one function", undefined],
  ["lambda.config.json", '{"functions":{"a":1}}', "BAD_CONFIG", "functions.a must be an object", undefined],
  ["lambda.config.json", '{"functions":{"a":{}}}', "BAD_CONFIG", "functions.a.source must be a path", undefined],
  ["lambda.config.json", '{"function":{}}', "BAD_CONFIG", 'unknown member "function"', "Did you mean functions?"],
  [
    "lambda.config.json",
    '{"functions":{"a":{"source":"x"}},"api":7}',
    "BAD_CONFIG",
    "api must be an object",
    undefined,
  ],
  ["lambda.config.json", '{"functions":{"a":{"source":"x","timeout":3}}}', "BAD_CONFIG", "functions.a", "timeoutMs"],
  ["lambda.config.json", '{"functions":{"a":{"source":"x","zzz":3}}}', "BAD_CONFIG", "zzz", "Members: source"],
  ["lambda.config.mjs", "import './gone.mjs';", "CONFIG_NOT_LOADED", "gone.mjs", undefined],
])("%s with %s is refused", async (name, text, code, message, hint) => {
  const { mkdtempSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-test-"));
  try {
    writeFileSync(join(folder, name), text);
    await expect(loadConfig(join(folder, name))).rejects.toMatchObject({
      name: "ConfigError",
      code,
      message: expect.stringContaining(message) as string,
      ...(hint === undefined ? {} : { hint: expect.stringContaining(hint) as string }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a file that is not there", async ({ folder }) => {
  const path = join(folder, "other.config.ts");
  await expect(loadConfig(path)).rejects.toThrow(`${path} cannot be loaded: there is no such file`);
});

test.each<[Record<string, unknown>, string]>([
  [{ source: "" }, "source must be a path"],
  [{ environment: "A=1" }, "environment must be an object with a text for each variable"],
  [{ layers: "layer" }, "layers must be an array of paths"],
  [{ layers: [1] }, "layers must be an array of paths"],
  [{ eventInvokeConfig: null }, "eventInvokeConfig must be an object"],
  [{ platform: 1 }, "platform must be one of al2-x86_64, "],
  [{ platform: [] }, "platform must be one of "],
  [{ platform: ["al2-arm64", "al9"] }, "platform must be one of "],
  [{ engine: "deno" }, "engine must be one of bun, node, native"],
  [{ build: null }, "build must be an object"],
  [{ build: { include: { a: 1 } } }, "build.include must be an object of texts"],
  [{ build: { external: "x" } }, "build.external must be an array of texts"],
  [{ build: { minify: "yes" } }, "build.minify must be true or false"],
])("a value of another kind is named: %j", async (member, message) => {
  const { mkdtempSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-test-"));
  try {
    const path = join(folder, "lambda.config.json");
    writeFileSync(path, JSON.stringify({ functions: { a: { source: "x", ...member } } }));
    await expect(loadConfig(path)).rejects.toMatchObject({
      code: "BAD_CONFIG",
      message: expect.stringContaining(`${path}: functions.a.${message}`) as string,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the nearest name is near", () => {
  expect(nearestName("al2023-arm", ["al2-arm64", "al2023-arm64"])).toBe("al2023-arm64");
  expect(nearestName("memory", ["memoryMib", "timeoutMs"])).toBe("memoryMib");
  expect(nearestName("x", ["memoryMib", "timeoutMs"])).toBeUndefined();
});
