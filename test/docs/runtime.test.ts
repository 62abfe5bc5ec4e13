/** Every code block of docs/runtime.md is compiled, and serves an event. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleFunction } from "../../bundle/index.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { event, startScriptedRuntimeApi } from "../support/scripted-runtime-api.ts";

const document = readFileSync(join(repositoryFolder, "docs/runtime.md"), "utf8");
const blocks = [...document.matchAll(/```ts (handler|program)\n([^]*?)```/g)].map(([, , code = ""]) => code);
const eventOfAll = '{"name":"Ada","lines":2,"rawPath":"/orders"}';

/** In the order of the document. */
const answers: readonly (string | RegExp)[] = [
  '{"message":"Hello, Ada!"}',
  /^\{"message":"Hello, Ada!","from":"docs","leftMs":\d+\}$/,
  '{"statusCode":200,"body":"/orders"}',
  '"Hello, Ada!"',
  '"done"',
  `{"statusCode":200,"headers":{"content-type":"text/plain"}}${"\0".repeat(8)}line 1\nline 2\n`,
  "36",
  '"ready"',
  `{"result":"none: ${eventOfAll.length}"}`,
  "0",
  eventOfAll,
];

let folder: string;
beforeAll(() => {
  // In dist, so that "runtime-aws-lambda" is this package.
  folder = mkdtempSync(join(repositoryFolder, "dist/snippets-"));
  for (const [index, code] of blocks.entries()) writeFileSync(join(folder, `block-${index}.mts`), code);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("there is an answer for each block", () => {
  expect(blocks).toHaveLength(answers.length);
});

test("all of them are valid TypeScript with the types of the package", () => {
  const options = { extends: "../../tsconfig.json", compilerOptions: { noEmit: true, types: ["node", "aws-lambda"] } };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...options, include: ["*.mts"], exclude: [] }));
  try {
    execFileSync("npx", ["tsc", "--project", folder], { cwd: repositoryFolder, stdio: "pipe" });
  } catch (error) {
    expect.fail((error as { stdout: Buffer }).stdout.toString());
  }
});

test.each(answers.map((answer, index) => [index, answer] as const))("block %i answers", async (index, answer) => {
  const source = join(folder, `block-${index}.mts`);
  const { code } = await bundleFunction({ source, format: "module" });
  const file = join(folder, `block-${index}.bundle.mjs`);
  writeFileSync(file, code);
  await using api = await startScriptedRuntimeApi([event(eventOfAll)], {
    "POST /2020-01-01/extension/register": { status: 200, headers: { "Lambda-Extension-Identifier": "extension-1" } },
    "GET /2020-01-01/extension/event/next": undefined,
  });
  const child = spawn(process.execPath, [file], {
    env: { PATH: "/usr/bin:/bin", AWS_LAMBDA_RUNTIME_API: api.authority, AWS_LAMBDA_FUNCTION_NAME: "docs" },
    stdio: "ignore",
  });
  await new Promise((resolve) => child.once("exit", resolve));
  const response = api.requests.find(({ route }) => route.endsWith("/response"));
  if (typeof answer === "string") expect(response?.body).toBe(answer);
  else expect(response?.body).toMatch(answer);
});
