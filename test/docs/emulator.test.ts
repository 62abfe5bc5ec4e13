/** The snippets of docs/cli.md and docs/emulator.md, run as they stand. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleEventNames } from "../../events/index.ts";
import { repositoryFolder, runCommand } from "../support/run-command.ts";
import { whileEmulating } from "../support/while-emulating.ts";

const run = promisify(execFile);

/** Code blocks by the file name in their first line. */
function snippets(path: string): Map<string, string> {
  const text = readFileSync(join(repositoryFolder, path), "utf8");
  return new Map([...text.matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)].map(([, name = "", code = ""]) => [name, code]));
}

let folder: string;

beforeAll(() => {
  // In dist, so that "runtime-aws-lambda" is this package.
  mkdirSync(join(repositoryFolder, "dist"), { recursive: true });
  folder = mkdtempSync(join(repositoryFolder, "dist/snippets-"));
  cpSync(join(repositoryFolder, "examples/several/orders.ts"), join(folder, "orders.ts"));
  cpSync(join(repositoryFolder, "examples/several/audit.ts"), join(folder, "audit.ts"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("docs/cli.md: the configuration file", async () => {
  for (const [name, code] of snippets("docs/cli.md")) writeFileSync(join(folder, name), code);
  const { stdout, stderr } = await runCommand("emulate", ["orders", "--event", '{"id":1}'], { cwd: folder });
  expect(stdout).toBe('{"table":"orders","id":1}\n');
  expect(stderr).toContain("Memory Size: 512 MB");
});

test("docs/cli.md: the sample events are all there", () => {
  const text = readFileSync(join(repositoryFolder, "docs/cli.md"), "utf8");
  const [, list = ""] = /Sample events of AWS services, for `--event`: ([^.]*)\./.exec(text) ?? [];
  expect([...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual(sampleEventNames);
});

test("docs/cli.md: the debugger's settings are JSON", () => {
  const text = readFileSync(join(repositoryFolder, "docs/cli.md"), "utf8");
  const [, json = ""] = /```json\n([^]*?)```/.exec(text) ?? [];
  expect(JSON.parse(json)).toMatchObject({ configurations: [{ request: "attach", port: 9229 }] });
});

test("docs/emulator.md: the test of a failing order", async () => {
  const code = snippets("docs/emulator.md").get("orders.test.ts") ?? "";
  writeFileSync(join(folder, "orders.ts"), 'export const handler = async () => { throw new Error("no stock"); };\n');
  writeFileSync(join(folder, "audit.ts"), "export const handler = async () => {};\n");
  writeFileSync(join(folder, "orders.test.ts"), code);
  const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap", "orders.test.ts"], { cwd: folder });
  expect(stdout).toMatch(/^# pass 1$/m);
});

test("docs/http.md: the test of a function URL, and the configuration of an API", async () => {
  const source =
    "export const handler = async (event: { rawPath: string; queryStringParameters: { color: string } }) => ({\n" +
    "  path: event.rawPath, color: event.queryStringParameters.color,\n});\n";
  for (const name of ["pets.ts", "rest.ts"]) writeFileSync(join(folder, name), source);
  for (const [name, code] of snippets("docs/http.md")) writeFileSync(join(folder, name), code);
  const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap", "pets.test.ts"], { cwd: folder });
  expect(stdout).toMatch(/^# pass 1$/m);
  const [, commands = ""] =
    /```sh\n([^]*?)```/.exec(readFileSync(join(repositoryFolder, "docs/http.md"), "utf8")) ?? [];
  const both = commands.trim().split("\n");
  expect(both).toHaveLength(2);
  for (const command of both) {
    const args = [...command.replace(/^npx emulate /, "").matchAll(/'([^']*)'|(\S+)/g)].map(
      ([, quoted, plain]) => quoted ?? plain ?? "",
    );
    // oxlint-disable-next-line no-await-in-loop -- two
    await whileEmulating(
      args,
      async (endpoint) => {
        expect(await (await fetch(`${endpoint}/pets/1?color=red`)).json()).toEqual({ path: "/pets/1", color: "red" });
      },
      { cwd: folder },
    );
  }
});

test("docs/emulator.md: the test of orders that come together", async () => {
  const code = snippets("docs/emulator.md").get("shared.test.ts") ?? "";
  const source =
    "let present = 0;\nconst all = Promise.withResolvers<void>();\n" +
    "export const handler = async ({ customer }: { customer: string }) => {\n" +
    "  if (++present === 4) all.resolve();\n  await all.promise;\n  return customer;\n};\n";
  writeFileSync(join(folder, "customers.ts"), source);
  writeFileSync(join(folder, "shared.test.ts"), code);
  const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap", "shared.test.ts"], { cwd: folder });
  expect(stdout).toMatch(/^# pass 1$/m);
});
