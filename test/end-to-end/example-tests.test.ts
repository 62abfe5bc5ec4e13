/** The tests of `examples/tested`, run as its owner would run them. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { repositoryFolder } from "../support/run-command.ts";

test("vitest runs them", async () => {
  const vitest = `${repositoryFolder}node_modules/.bin/vitest`;
  const environment = { ...process.env, NO_COLOR: "1" };
  const { stdout } = await promisify(execFile)(vitest, ["run", "--root", "examples/tested"], {
    cwd: repositoryFolder,
    env: environment,
  });
  expect(stdout).toMatch(/Tests +3 passed \(3\)/);
});
