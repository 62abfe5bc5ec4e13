/** What the documents and the compatibility gate say of the native engine is what the engine itself says. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { beforeAll, expect, test } from "vitest";
import { absentGlobalNames } from "../../bundle/absent-globals.ts";
import { engineTimeoutMs } from "../support/native-engine.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { askEngine, withTables, type EngineTable } from "./table.ts";

let table: EngineTable;
beforeAll(async () => {
  table = await askEngine();
}, engineTimeoutMs);

const cells = (text: string): string => text.replaceAll(/ *\| */g, "|").replaceAll(/-+/g, "-");

test("docs/engines.md lists its modules and their exports", () => {
  const document = readFileSync(`${repositoryFolder}docs/engines.md`, "utf8");
  expect(cells(document)).toBe(cells(withTables(document, table)));
});

test("none of them is an invention", async () => {
  for (const [name, exports] of Object.entries(table.modules)) {
    // oxlint-disable-next-line no-await-in-loop -- quick
    const ofNode = Object.keys((await import(`node:${name}`)) as object);
    expect(
      exports.filter((each) => !ofNode.includes(each)),
      name,
    ).toEqual([]);
  }
});

test("globals are either there or known to be absent", () => {
  // A process of its own: the test runner adds some.
  const script = "console.log(JSON.stringify(Object.getOwnPropertyNames(globalThis)))";
  const stdout = execFileSync(process.execPath, ["-"], { encoding: "utf8", input: script });
  // Modules are globals of what comes by standard input.
  const ofModules = [...builtinModules, "module", "exports", "require", "__filename", "__dirname"];
  const ofNode = (JSON.parse(stdout) as string[]).filter((name) => !ofModules.includes(name));
  expect(ofNode.filter((name) => ![...table.globals, ...absentGlobalNames].includes(name))).toEqual([]);
  expect(absentGlobalNames.filter((name) => table.globals.includes(name))).toEqual([]);
});
