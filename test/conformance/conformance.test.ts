/** Every case of the fidelity table, played against a real emulator: as processes of this machine and in containers. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Platform } from "../../images/platforms.ts";
import { hostArchitecture } from "../../emulator/sources/executable-source.ts";
import { baseImageFor, whyNoContainers } from "../support/docker.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { skipWithReason } from "../support/requirement.ts";
import { allBehaviours } from "./all-behaviours.ts";
import type { ConformanceCase } from "./behaviour.ts";
import { formatFidelityTable, readFidelityTable } from "./fidelity-table.ts";
import { playCase } from "./play-case.ts";
import { Stage, type StageOptions } from "./stage.ts";

const source = `${repositoryFolder}test/peers/go/bin/scripted-bootstrap`;
const platform: Platform = `al2023-${hostArchitecture()}`;
const baseImage = baseImageFor(platform);
const whyNoBootstrap = existsSync(source) ? undefined : `${source} is not there: test/peers/build.sh`;

/** Cases that neither change nor look at more than their own request share a function. */
const sharedFunction = "shared";
const needsOwnFunction = ({ options, bootstrap, log, records }: ConformanceCase): boolean =>
  options !== undefined || bootstrap !== undefined || log !== undefined || records !== undefined;
const ownFunctions = (index: number, { chances }: ConformanceCase): string[] =>
  Array.from({ length: chances?.count ?? 1 }, (_, chance) => `case-${index}${chance === 0 ? "" : `-${chance}`}`);
const tests = allBehaviours
  .flatMap(({ behaviour, cases }) => cases.map((played) => ({ behaviour, played })))
  .map((each, index) => ({
    ...each,
    functionNames: needsOwnFunction(each.played) ? ownFunctions(index, each.played) : [sharedFunction],
    title: `${each.behaviour}: ${each.played.name}`,
  }));

interface LauncherUnderTest extends StageOptions {
  /** Why it cannot be tried on this machine; fails where that must not be. */
  readonly whyNot: () => Promise<string | undefined>;
}
const launchers: readonly LauncherUnderTest[] = [
  {
    launcher: "host",
    source,
    functionOptions: {},
    emulatorOptions: {},
    whyNot: async () => (process.platform === "linux" ? undefined : "the bootstrap is a program of Linux"),
  },
  {
    launcher: "container",
    source,
    functionOptions: { platform },
    emulatorOptions: {
      docker: { environment: process.env, baseImages: baseImage === undefined ? {} : { [platform]: baseImage } },
    },
    whyNot: () => whyNoContainers([platform]),
  },
];

describe.concurrent.each(launchers)("$launcher", ({ whyNot, ...options }) => {
  const isPlayed = ({ played }: (typeof tests)[number]): boolean =>
    played.only === undefined || played.only.launcher === options.launcher;
  let stage: Stage | undefined;
  let reason: string | undefined;

  beforeAll(async () => {
    reason = whyNoBootstrap;
    // Once for all of them.
    skipWithReason(() => {}, reason);
    reason ??= await whyNot();
    if (reason !== undefined) return;
    const cases = tests
      .filter(isPlayed)
      .flatMap(({ functionNames, played }) => functionNames.map((name) => [name, played] as const));
    stage = await Stage.start(new Map(cases), options);
  }, 60_000);
  afterAll(() => stage?.close(), 60_000);

  for (const each of tests) {
    test(each.title, { timeout: 40_000 }, async ({ skip }) => {
      if (stage === undefined) return skip(reason);
      if (!isPlayed(each)) skip(`only in the other launcher: ${each.played.only?.because}`);
      let differences: string[] = [];
      for (const [chance, name] of each.functionNames.entries()) {
        if (chance > 0) console.warn(`${each.title}: tried again, since ${each.played.chances?.because}`);
        // oxlint-disable-next-line no-await-in-loop -- only where the one before did not conform
        differences = await playCase(stage, name, each.played);
        if (differences.length === 0) break;
      }
      expect(differences).toEqual([]);
    });
  }
});

test("the table of docs/emulator.md is made from these cases: node test/conformance/write-fidelity-table.ts", () => {
  expect(readFidelityTable()).toBe(formatFidelityTable(allBehaviours));
});
