/** Failures on the native engine end the process as on every other, and say where they come from. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { engineTimeoutMs, runNative, runProgram, serveNative } from "../support/native-engine.ts";
import { test } from "../support/temporary-folder.ts";

describe("without a runtime", { timeout: engineTimeoutMs }, () => {
  test.for([
    ["an exception", `throw new TypeError("no");`, 1, /^Uncaught TypeError: no\n {4}at \S+program\.mjs|bundle\.mjs/],
    [
      "an exception of a timer",
      `setTimeout(() => { throw new RangeError("late"); }, 1);`,
      1,
      /^Uncaught RangeError: late\n/,
    ],
    [
      "an exception of a microtask",
      `queueMicrotask(() => { throw new Error("soon"); });`,
      1,
      /^Uncaught Error: soon\n/,
    ],
    ["a rejection", `Promise.reject(new Error("nobody"));`, 1, /^Uncaught Error: nobody\n/],
    ["a rejection that is handled in time", `Promise.reject(new Error("nobody")).catch(() => {});`, 0, /^$/],
    [
      "an exception behind an await, for those who listen for rejections",
      `process.on("unhandledRejection", () => console.log("not asked")); await null; throw new Error("behind");`,
      1,
      /^Uncaught Error: behind\n/,
    ],
    [
      "an exception behind an await, for those who listen for exceptions",
      `process.on("uncaughtException", (error, origin) => console.error(error.message, origin)); await null; throw new Error("behind");`,
      0,
      /^behind unhandledRejection\n$/,
    ],
    ["an exit code", `process.on("exit", (code) => console.log(code)); process.exitCode = 7;`, 7, /^$/],
    ["an await for nothing", `await new Promise(() => {});`, 13, /^$/],
  ] as const)("%s", async ([, code, exit, stderr], { folder }) => {
    expect(await runProgram(folder, code)).toMatchObject({
      exit,
      stdout: expect.not.stringContaining("not asked") as string,
      stderr: expect.stringMatching(stderr) as string,
    });
  });

  test("an exception before there is anything of Node.js", async ({ folder }) => {
    const file = join(folder, "bare.mjs");
    writeFileSync(file, "process.exit(0);");
    const stderr = expect.stringMatching(
      /^Error: process is not defined\n {4}at <anonymous> \(\S+bare\.mjs:1:1\)\n+$/,
    ) as string;
    expect(await runNative(file)).toEqual({ exit: 1, stdout: "", stderr });
  });
});

describe("of a handler", { timeout: engineTimeoutMs }, () => {
  const source = `export const handler = async ({ how }) => {
    if (how === "throw") setTimeout(() => { throw new Error("in a timer"); }, 1);
    if (how === "reject") Promise.reject(new Error("nobody waits"));
    if (how === "fail") return inner();
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  function inner() {
    throw new RangeError("mapped");
  }`;

  test.for([
    ["throw", 129, "Error", "in a timer"],
    ["reject", 128, "Runtime.UnhandledPromiseRejection", "Error: nobody waits"],
  ] as const)("%s", async ([how, exit, errorType, errorMessage], { folder }) => {
    const file = join(folder, "handler.mjs");
    writeFileSync(file, source);
    const run = await serveNative({ source: file, folder }, [{ how }]);
    expect(run.exit).toBe(exit);
    expect(run.posts.map(({ route }) => route.split("/").at(-1))).toEqual(["error"]);
    expect(JSON.parse(run.posts[0]?.body ?? "")).toMatchObject({ errorType, errorMessage });
  });

  test("stacks are V8's, with the lines of the sources", async ({ folder }) => {
    const file = join(folder, "handler.mjs");
    writeFileSync(file, source);
    const { posts } = await serveNative({ source: file, folder, sourceMap: "inline" }, [{ how: "fail" }]);
    const { stackTrace } = JSON.parse(posts[0]?.body ?? "") as { readonly stackTrace: readonly string[] };
    expect(stackTrace.slice(0, 3)).toEqual([
      "RangeError: mapped",
      expect.stringMatching(/^ {4}at inner \(\S*\/handler\.mjs:8:\d+\)$/),
      expect.stringMatching(/^ {4}at handler \(\S*\/handler\.mjs:4:\d+\)$/),
    ]);
  });
});
