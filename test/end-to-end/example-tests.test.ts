/** The tests of `examples/tested`, run as its owner would run them. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { repositoryFolder } from "../support/run-command.ts";

test("vitest runs them", async () => {
  const vitest = `${repositoryFolder}node_modules/.bin/vitest`;
  const args = ["run", "--root", "examples/tested", "--config", "false", "--reporter=json"];
  const { stdout } = await promisify(execFile)(vitest, args, { cwd: repositoryFolder });
  expect(JSON.parse(stdout)).toMatchObject({ success: true, numTotalTests: 3, numPassedTests: 3 });
});
