/** `emulate` on a terminal: colours, columns, and Ctrl-C as a keyboard sends it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "vitest";
import { skipWithReason, whyNoProgram } from "../support/requirement.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const misbehave = `${repositoryFolder}test/fixtures/functions/misbehave.ts`;

/** What a terminal shows until Ctrl-C is pressed, which is when `use` is done. */
async function onTerminal(
  args: readonly string[],
  use: (endpoint: string) => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  const command = [process.execPath, `${repositoryFolder}dist/cli/emulate.js`, ...args].join(" ");
  // With the key, a terminal drops what was written to it a moment before (POSIX, ISIG), unless it is told not to.
  const withoutFlush = `stty noflsh && exec ${command}`;
  const child = spawn("script", ["--quiet", "--return", "--command", withoutFlush, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...environment },
  });
  let output = "";
  let used: Promise<void> | undefined;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    const endpoint = /export \S+=(http:\/\/\S+)\r?\n/.exec(output)?.[1];
    if (endpoint !== undefined) used ??= use(endpoint).finally(() => child.stdin.write("\u0003"));
  });
  const [exitCode] = (await once(child, "close")) as [number];
  await used;
  const tagged = Object.entries(tags).reduce((text, [code, tag]) => text.replaceAll(`\u001B[${code}m`, tag), output);
  // The terminal shows the key, too, in front of what is written next.
  return { exitCode, lines: tagged.replaceAll(/\r|\^C/g, "").split("\n") };
}

/** ECMA-48, select graphic rendition. */
const tags = { 2: "<dim>", 22: "</dim>", 36: "<cyan>", 39: "</cyan>" };

async function invokeBoth(endpoint: string): Promise<void> {
  for (const name of ["a", "longer"]) {
    const url = `${endpoint}/2015-03-31/functions/${name}/invocations`;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await (await fetch(url, { method: "POST", body: '{"how":"flood","size":1}' })).text();
  }
}

const two = [`a=${misbehave}`, `longer=${misbehave}`, "--port", "0"];

test("platform lines are dimmed, names stand in a column, and Ctrl-C ends it", async ({ skip }) => {
  skipWithReason(skip, whyNoProgram("script", "--version"));
  const { exitCode, lines } = await onTerminal(two, invokeBoth);
  expect(exitCode).toBe(130);
  for (const name of ["[a]     ", "[longer]"]) {
    const begin = `<cyan>${name}</cyan> `;
    const own = lines.filter((line) => line.startsWith(begin)).map((line) => line.slice(begin.length));
    expect(own).toEqual([
      expect.stringMatching(/^<dim>START RequestId: \S+ Version: \$LATEST<\/dim>$/),
      expect.stringMatching(/^\S+\t\S+\tINFO\tline 0$/),
      expect.stringMatching(/^<dim>END RequestId: \S+<\/dim>$/),
      expect.stringMatching(/^<dim>REPORT RequestId: .*<\/dim>$/),
    ]);
  }
});

test("with NO_COLOR there are columns only", async ({ skip }) => {
  skipWithReason(skip, whyNoProgram("script", "--version"));
  const { lines } = await onTerminal(two, invokeBoth, { NO_COLOR: "1" });
  expect(lines.join("\n")).not.toMatch(/<dim>|<cyan>/);
  expect(lines.filter((line) => /^\[(?:a\] {5}|longer\]) ?START /.test(line))).toHaveLength(2);
});
