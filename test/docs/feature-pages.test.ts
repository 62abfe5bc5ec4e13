/** The snippets of the pages that have one feature of the emulator each, run as they stand. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSchedules } from "../../emulator/schedules/schedule.ts";
import { repositoryFolder, runCommand } from "../support/run-command.ts";

const run = promisify(execFile);
const read = (path: string): string => readFileSync(join(repositoryFolder, path), "utf8");

let folder: string;
beforeAll(() => {
  // In dist, so that "runtime-aws-lambda" is this package.
  mkdirSync(join(repositoryFolder, "dist"), { recursive: true });
  folder = mkdtempSync(join(repositoryFolder, "dist/snippets-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Files that a page takes for granted. */
const given: Readonly<Record<string, string>> = {
  "report.ts": "export const handler = async (event: { time: string }) => console.log(`report of ${event.time}`);\n",
};

test.for([
  ["docs/streaming.md", ["lines.ts", "lines.test.ts"]],
  ["docs/extensions.md", ["telemetry.test.ts"]],
  ["docs/snap-start.md", ["tokens.ts", "tokens.test.ts"]],
  ["docs/schedules.md", ["report.test.ts"]],
] as const)("%s: its test passes", async ([page, names]) => {
  const cwd = join(folder, page.replaceAll("/", "-"));
  mkdirSync(cwd);
  cpSync(join(repositoryFolder, "examples/extension"), cwd, { recursive: true });
  for (const [name, code] of Object.entries(given)) writeFileSync(join(cwd, name), code);
  const snippets = [...read(page).matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)];
  expect(snippets.map(([, name]) => name)).toEqual(names);
  for (const [, name = "", code = ""] of snippets) writeFileSync(join(cwd, name), code);
  const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap", names.at(-1) ?? ""], { cwd });
  expect(stdout).toMatch(/^# pass 1$/m);
});

test("docs/extensions.md: its command prints what the extension gets", async () => {
  const [, command = ""] = /```sh\nnpx emulate (.*)\n```/.exec(read("docs/extensions.md")) ?? [];
  const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  const { stdout, stderr } = await runCommand("emulate", args);
  expect(stdout).toBe('{"message":"Hello, Ada!"}\n');
  expect(stderr).toMatch(/^platform\.report \{/m);
});

test("docs/extensions.md: the events are in the order in which they come", () => {
  const [, rows = ""] = /\n\| of one cold invocation[^\n]*\n[^\n]*\n([^]*?)\n\n/.exec(read("docs/extensions.md")) ?? [];
  const names = [...rows.matchAll(/^\|([^|]*)\|/gm)].flatMap(
    ([, cell = ""]) => cell.match(/[a-z]+\.?[a-zA-Z]+/g) ?? [],
  );
  expect(names).toEqual([
    "platform.initStart",
    "platform.telemetrySubscription",
    "platform.extension",
    "platform.initRuntimeDone",
    "platform.initReport",
    "platform.start",
    "function",
    "extension",
    "platform.runtimeDone",
    "platform.report",
    "platform.logsDropped",
  ]);
});

test("docs/schedules.md: the expressions of schedules are such", () => {
  const expressions = [...read("docs/schedules.md").matchAll(/`((?:rate|cron)\([\d*?][^`]*\))`/g)].map(
    ([, each = ""]) => each,
  );
  expect(expressions.length).toBeGreaterThan(6);
  expect(readSchedules("docs/schedules.md", expressions).map(({ expression }) => expression)).toEqual(expressions);
});
