/** Executables of the native engine read modules when something imports them, and mean the same as in one piece. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { startEmulator } from "../../emulator/index.ts";
import { buildNativeBootstrap, engineTimeoutMs } from "../support/native-engine.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const files = {
  "handler.mjs": `
    globalThis.evaluated = ["handler"];
    const messageOf = (load) => load().then(() => "loaded", (error) => error);
    const tries = {
      evaluated: async () => globalThis.evaluated,
      later: async () => {
        const [one, two] = await Promise.all([import("./later.mjs"), import("./later.mjs")]);
        one.increase();
        return [one === two, one === await import("./later.mjs"), two.count, Object.keys(two), two.url === import.meta.url];
      },
      failing: async () => {
        const [one, two] = [await messageOf(() => import("./failing.mjs")), await messageOf(() => import("./failing.mjs"))];
        return [one === two, one.name, one.message, one.stack.includes("breakOff")];
      },
      cycle: async () => (await import("./cycle/one.mjs")).names(),
      awaits: async () => (await import("./awaits.mjs")).value,
      missing: async ({ name }) => String(await messageOf(() => import(name))),
    };
    export const handler = async (event) => tries[event.what](event);`,
  "later.mjs": `
    globalThis.evaluated.push("later");
    export let count = 0;
    export const increase = () => { count++; };
    export const url = import.meta.url;
    export default "reached on demand";`,
  "failing.mjs": `
    globalThis.evaluated.push("failing");
    function breakOff() { throw new RangeError("no stock"); }
    breakOff();`,
  "cycle/one.mjs": `
    import { two } from "./two.mjs";
    export const one = () => "one";
    export const names = async () => [two(), await (await import("./three.mjs")).three()];`,
  "cycle/two.mjs": `import { one } from "./one.mjs"; export const two = () => one() + " and two";`,
  "cycle/three.mjs": `export const three = () => import("./one.mjs").then(({ one }) => one() + " from three");`,
  "awaits.mjs": `export const value = await new Promise((resolve) => setTimeout(resolve, 1, "awaited"));`,
};

function writeFunction(folder: string, contents: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return join(folder, "handler.mjs");
}

describe("what import() gives", { timeout: engineTimeoutMs }, () => {
  test.for([
    ["in modules", true],
    ["in one piece", false],
  ] as const)("%s", async ([, splits], { folder }) => {
    const bootstrap = await buildNativeBootstrap(writeFunction(folder, files), folder, splits);
    expect(bootstrap.moduleCount > 1).toBe(splits);
    await using emulator = await startEmulator({ functions: { modules: { source: bootstrap.path } } });
    const call = async (what: string, more: object = {}) =>
      (await emulator.invoke("modules", { what, ...more })).payload;
    expect(await call("evaluated")).toEqual(["handler"]);
    expect(await call("later")).toEqual([true, true, 1, ["count", "default", "increase", "url"], true]);
    expect(await call("later")).toEqual([true, true, 2, ["count", "default", "increase", "url"], true]);
    expect(await call("failing")).toEqual([true, "RangeError", "no stock", true]);
    expect(await call("evaluated")).toEqual(["handler", "later", "failing"]);
    expect(await call("cycle")).toEqual(["one and two", "one from three"]);
    expect(await call("awaits")).toBe("awaited");
    expect(await call("missing", { name: "./none.mjs" })).toMatch(
      /^ReferenceError: could not load module '.*none\.mjs'$/,
    );
  });

  test("contexts go on after it", async ({ folder }) => {
    const source = writeFunction(folder, {
      "later.mjs": "export default 1;",
      "handler.mjs": `
        import { AsyncLocalStorage } from "node:async_hooks";
        const storage = new AsyncLocalStorage();
        export const handler = () => storage.run("here", async () => {
          const then = import("./later.mjs").then(() => storage.getStore());
          await import("./later.mjs");
          return [storage.getStore(), await then];
        });`,
    });
    const { path, moduleCount } = await buildNativeBootstrap(source, folder);
    expect(moduleCount).toBeGreaterThan(1);
    await using emulator = await startEmulator({ functions: { context: { source: path } } });
    expect((await emulator.invoke("context", {})).payload).toEqual(["here", "here"]);
  });

  test("a module that cannot be read matters to who imports it", async ({ folder }) => {
    const { path } = await buildNativeBootstrap(writeFunction(folder, files), folder);
    const bytes = readFileSync(path);
    breakModule(bytes, "reached on demand");
    const broken = join(folder, "broken");
    writeFileSync(broken, bytes, { mode: 0o755 });
    await using emulator = await startEmulator({ functions: { modules: { source: broken } } });
    expect((await emulator.invoke("modules", { what: "evaluated" })).payload).toEqual(["handler"]);
    const { functionError, payload } = await emulator.invoke("modules", { what: "later" });
    expect(functionError).toBe("Unhandled");
    expect(payload).toMatchObject({
      errorType: "SyntaxError",
      errorMessage: expect.stringMatching(/^invalid version/) as string,
    });
    expect((await emulator.invoke("modules", { what: "awaits" })).payload).toBe("awaited");
  });
});

/** Makes the bytecode of the module that has a text in it one of a version that nobody knows. */
function breakModule(executable: Buffer, text: string): void {
  const end = executable.length - 16;
  let at = end - Number(executable.readBigUInt64LE(end));
  while (at < end) {
    const bytecode = at + 4 + executable.readUInt32LE(at) + 4;
    const next = bytecode + executable.readUInt32LE(bytecode - 4);
    if (executable.subarray(bytecode, next).includes(text)) return void executable.writeUInt8(0, bytecode);
    at = next;
  }
  throw new Error(`no module has ${text} in it`);
}

describe("the order in which modules are evaluated", { timeout: engineTimeoutMs }, () => {
  const note = (name: string): string => `(globalThis.order ??= []).push("${name}");`;
  const handler = `export const handler = async () => { await import("./later.mjs"); return globalThis.order; };`;

  test.for([
    [
      "modules of a function that are imported both ways: in one piece",
      { "shared.mjs": note("shared"), "later.mjs": `import "./shared.mjs"; ${note("later")}` },
      true,
      ["first", "shared", "handler", "later"],
    ],
    [
      "a module that is imported at once and by import(): in one piece",
      { "shared.mjs": `import "./later.mjs"; ${note("shared")}`, "later.mjs": note("later") },
      true,
      ["first", "later", "shared", "handler"],
    ],
    [
      "modules that only import() of CommonJS leads to: in one piece",
      {
        "shared.mjs": `import "./shared.cjs"; ${note("shared")}`,
        "shared.cjs": `${note("common")} exports.load = () => import("./later.mjs"); exports.other = () => import("./other.mjs");`,
        "other.mjs": `import "./both.mjs";`,
        "both.mjs": note("both"),
        "before.mjs": note("before"),
        "later.mjs": `import "./before.mjs"; import "./both.mjs"; ${note("later")}`,
      },
      true,
      ["first", "common", "shared", "handler", "before", "both", "later"],
    ],
    [
      "CommonJS that is imported both ways: in modules",
      {
        "shared.mjs": `import "./shared.cjs"; ${note("shared")}`,
        "shared.cjs": `${note("common")} exports.a = 1;`,
        "later.mjs": `import "./shared.cjs"; ${note("later")}`,
      },
      false,
      ["first", "common", "shared", "handler", "later"],
    ],
    [
      "CommonJS that requires an ES module: in one piece",
      {
        "shared.mjs": `import "./shared.cjs"; ${note("shared")}`,
        "shared.cjs": `${note("common")} require("./required.mjs");`,
        "required.mjs": `${note("required")} export default 1;`,
        "later.mjs": note("later"),
      },
      true,
      ["first", "common", "required", "shared", "handler", "later"],
    ],
    [
      "an import() of CommonJS: in one piece",
      {
        "shared.mjs": note("shared"),
        "later.mjs": `${note("later")} import("./last.cjs");`,
        "last.cjs": "exports.a = 1;",
      },
      true,
      ["first", "shared", "handler", "later"],
    ],
  ] as const)("%s", async ([, contents, isWhole, order], { folder }) => {
    const source = writeFunction(folder, {
      "handler.mjs": `import "./first.mjs"; import "./shared.mjs"; ${note("handler")} ${handler}`,
      "first.mjs": note("first"),
      ...contents,
    });
    const bootstrap = await buildNativeBootstrap(source, folder);
    expect(bootstrap.moduleCount === 1).toBe(isWhole);
    await using emulator = await startEmulator({ functions: { order: { source: bootstrap.path } } });
    expect((await emulator.invoke("order", {})).payload).toEqual(order);
  });
});

describe("a client of the AWS SDK", { timeout: engineTimeoutMs }, () => {
  const source = `${repositoryFolder}examples/invoke/handler.ts`;

  test("finds its credentials by modules on demand", async ({ folder }) => {
    const { path, moduleCount } = await buildNativeBootstrap(source, folder);
    expect(moduleCount).toBeGreaterThan(10);
    await using callee = await startEmulator({
      functions: { hello: { source: `${repositoryFolder}examples/hello/handler.ts` } },
    });
    const environment = { AWS_ENDPOINT_URL_LAMBDA: callee.url };
    await using caller = await startEmulator({
      functions: { invoke: { source: path, environment, timeoutMs: 20_000 } },
    });
    const { payload } = await caller.invoke("invoke", { functionName: "hello", payload: { name: "Ada" } });
    expect(payload).toEqual({ statusCode: 200, payload: { message: "Hello, Ada!" }, hasLog: true });
  });

  test("is the same bytes every time", async ({ folder }) => {
    const folders = ["one", "two"].map((name) => join(folder, name));
    const built = [];
    for (const each of folders) {
      mkdirSync(each);
      // oxlint-disable-next-line no-await-in-loop -- one at a time
      built.push(readFileSync((await buildNativeBootstrap(source, each)).path));
    }
    expect(built[0]?.equals(built[1] ?? Buffer.alloc(0))).toBe(true);
  });
});

test("a function is the same bytes wherever it lies", { timeout: engineTimeoutMs }, async ({ folder }) => {
  const built = [];
  for (const place of ["one", "two/deeper"]) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time
    const { path } = await buildNativeBootstrap(writeFunction(join(folder, place), files), join(folder, place));
    built.push(readFileSync(path));
  }
  expect(built[0]?.equals(built[1] ?? Buffer.alloc(0))).toBe(true);
});
