/** Examples with tests or extensions, run as their owners would run them. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { skipWithReason } from "../support/requirement.ts";
import { repositoryFolder, runCommand } from "../support/run-command.ts";

const run = promisify(execFile);
const environment = { ...process.env, NO_COLOR: "1" };

test("vitest runs those of examples/tested", async () => {
  const vitest = `${repositoryFolder}node_modules/.bin/vitest`;
  const args = ["run", "--root", "examples/tested"];
  const { stdout } = await run(vitest, args, { cwd: repositoryFolder, env: environment });
  expect(stdout).toMatch(/Tests +3 passed \(3\)/);
});

test("Jest runs its own", async ({ skip }) => {
  const folder = `${repositoryFolder}test/peers/jest`;
  const jest = `${folder}/node_modules/jest/bin/jest.js`;
  skipWithReason(skip, existsSync(jest) ? undefined : `${jest} is not there: npm --prefix test/peers/jest ci`);
  // Jest 30 runs ES modules in contexts of its own, behind this flag of Node.js.
  const { stderr } = await run(process.execPath, ["--experimental-vm-modules", jest], {
    cwd: folder,
    env: environment,
  });
  expect(stderr).toMatch(/^Tests: +1 passed, 1 total$/m);
});

test("the extension of examples/extension prints events and telemetry", async () => {
  const cwd = `${repositoryFolder}examples/extension`;
  const { stdout, stderr, exitCode } = await runCommand("emulate", ["--event", '{"name":"Ada"}'], { cwd });
  expect([exitCode, stdout]).toEqual([0, '{"message":"Hello, Ada!"}\n']);
  const requestId = /^START RequestId: (\S+)/m.exec(stderr)?.[1] ?? "";
  for (const line of [`INVOKE ${requestId}`, "SHUTDOWN spindown"]) expect(stderr.split("\n")).toContain(line);
  expect(stderr).toMatch(/^function "\S+\\t\S+\\tINFO\\tgreeting Ada\\n"$/m);
  expect(stderr).toMatch(new RegExp(`^platform\\.report \\{"requestId":"${requestId}","status":"success",`, "m"));
});
