/** The last step of the compatibility gate: which failures of the smoke run are the native engine's, and end the build. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { engineFault } from "../../builder/engines/engine-fault.ts";
import { engineTimeoutMs, nativeEnginePath } from "../support/native-engine.ts";
import { noDocker, runCommand, type CommandResult } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const platform = process.arch === "arm64" ? "al2023-arm64" : "al2023-x86_64";

test.for([
  ["ReferenceError", "Intl is not defined", "The native engine has no Intl"],
  ["Error", "The native engine has no module node:vm", "The native engine has no module node:vm"],
  ["ReferenceError", "orders is not defined", undefined],
  ["Error", "Intl is not defined", undefined],
  ["TypeError", "not a function", undefined],
  ["Error", "it says: The native engine has no module node:vm or so", undefined],
] as const)("%s: %s", ([errorType, errorMessage, expected]) => {
  expect(engineFault({ errorType, errorMessage })).toBe(expected);
});

const handler = `import fs from "node:fs";
export const handler = async ({ how }) => {
  if (how === "Intl") return new Intl.NumberFormat("en").format(1);
  if (how === "module") return (await import("node:vm")).runInThisContext("1");
  if (how === "member") return fs.watch(".");
  if (how === "own") return notMine;
  return "fine";
};`;

describe("a build", { timeout: engineTimeoutMs }, () => {
  async function build(folder: string, code: string, how: string): Promise<CommandResult> {
    const source = join(folder, "handler.mjs");
    writeFileSync(source, code);
    const args = [source, "--platform", platform, "--site", "host", "--out-dir", folder, "--engine", "native"];
    const engine = ["--engine-path", await nativeEnginePath(), "--smoke-event", JSON.stringify({ how })];
    return runCommand("build", [...args, ...engine], { environment: noDocker });
  }

  test.for([
    ["Intl", `failed on the event {"how":"Intl"}: ReferenceError: The native engine has no Intl`],
    ["module", `failed on the event {"how":"module"}: Error: The native engine has no module node:vm`],
  ] as const)("is refused for what the engine lacks: %s", async ([how, words], { folder }) => {
    const { exitCode, stderr } = await build(folder, handler, how);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`error: In the smoke run the function ${words} (ENGINE_LACKS_MODULE)\n`);
    expect(stderr).toMatch(/^hint: Take another engine: --engine bun\. .*--smoke-event/m);
    expect(existsSync(join(folder, "function.zip"))).toBe(false);
  });

  test("is refused for what the engine lacks when it loads", async ({ folder }) => {
    const code = `const format = new Intl.NumberFormat("en"); export const handler = async () => format.format(1);`;
    const { exitCode, stderr } = await build(folder, code, "");
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "reported an init error: ReferenceError: The native engine has no Intl (ENGINE_LACKS_MODULE)",
    );
  });

  test.for([
    ["own", "ReferenceError: notMine is not defined (SMOKE_RUN_ERROR)"],
    ["member", "TypeError: not a function. On the native engine, node:fs has no watch (SMOKE_RUN_ERROR)"],
  ] as const)("is warned of what may be the function's own: %s", async ([how, words], { folder }) => {
    const { exitCode, stderr } = await build(folder, handler, how);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(`warning: In the smoke run the function failed on the event {"how":"${how}"}: ${words}\n`);
    expect(existsSync(join(folder, "function.zip"))).toBe(true);
  });
});
