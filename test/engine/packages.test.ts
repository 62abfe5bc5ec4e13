/** The table of packages in docs/engines.md is what the native engine makes of them. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { engineTimeoutMs } from "../support/native-engine.ts";
import { skipWithReason } from "../support/requirement.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { packagesAreInstalled, trials, tryPackage, withPackages, type Outcome } from "./packages.ts";

const cells = (text: string): string => text.replaceAll(/ *\| */g, "|").replaceAll(/-+/g, "-");

test("docs/engines.md says what of the packages runs", { timeout: engineTimeoutMs }, async ({ skip }) => {
  const why = packagesAreInstalled() ? undefined : "npm --prefix test/peers/engine-packages ci --ignore-scripts";
  skipWithReason(skip, why);
  const outcomes: (readonly [string, Outcome])[] = [];
  // oxlint-disable-next-line no-await-in-loop -- each computes
  for (const trial of trials) outcomes.push([trial.name, await tryPackage(trial)]);
  const document = readFileSync(`${repositoryFolder}docs/engines.md`, "utf8");
  expect(cells(document)).toBe(cells(withPackages(document, outcomes)));
});
