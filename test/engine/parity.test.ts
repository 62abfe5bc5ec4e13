/** The table of behaviours in docs/engines.md is what the runtime does on the native engine, beside Node.js. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { engineTimeoutMs } from "../support/native-engine.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { compareAll, withBehaviours } from "./parity.ts";

const cells = (text: string): string => text.replaceAll(/ *\| */g, "|").replaceAll(/-+/g, "-");

test("docs/engines.md says what of the runtime is the same", { timeout: engineTimeoutMs }, async () => {
  const document = readFileSync(`${repositoryFolder}docs/engines.md`, "utf8");
  expect(cells(document)).toBe(cells(withBehaviours(document, await compareAll())));
});
