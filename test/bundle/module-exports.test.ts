/** What the builder reads from the texts of the engine's modules is what the engine itself says. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { moduleExports, moduleFile } from "../../bundle/native-plugin.ts";
import { repositoryFolder } from "../support/run-command.ts";

// The table is the engine's own: test/engine/table.test.ts.
const document = readFileSync(`${repositoryFolder}docs/engines.md`, "utf8");
const rows = [...document.matchAll(/^\| `node:([\w/]+)` +\| (.*?) *\|$/gm)].map(
  ([, name = "", exports = ""]) => [name, exports.match(/\w+/g)?.toSorted()] as const,
);

test("the table is there", () => {
  expect(rows.length).toBeGreaterThan(20);
});

test.each(rows)("the exports of %s", async (name, exports) => {
  expect([...(await moduleExports(moduleFile(name) ?? ""))].toSorted()).toEqual(exports);
});
