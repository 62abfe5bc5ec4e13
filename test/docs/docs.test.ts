/** The documents say what the code does: error codes and options in both directions, snippets by running them. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withPlatformTable } from "./platform-table.ts";
import { noDocker, repositoryFolder, runCommand } from "../support/run-command.ts";

const run = promisify(execFile);
const read = (path: string): string => readFileSync(join(repositoryFolder, path), "utf8");

describe("docs/errors.md", () => {
  const sections = read("docs/errors.md").split(/^## /m).slice(1);
  const errorFiles = ["runtime", "bundle", "builder", "archive", "docker", "config", "emulator"].map(
    (part) => `${part}/errors.ts`,
  );

  test.each([...errorFiles, "builder/gate/elf.ts"])("has each code of %s, and no other", (path) => {
    // The union that ends in `ErrorCode` is the list; its members stand in quotes.
    const union = /export type \w+ErrorCode =([^;]*);/.exec(read(path).replaceAll(/\/\*\*[^]*?\*\//g, ""))?.[1] ?? "";
    const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code);
    const section = sections.find((each) => each.split("\n")[0]?.includes(`\`${path}\``)) ?? "";
    const documented = [...section.matchAll(/^\| `([A-Z_]+)`\s+\|/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(0);
    expect(new Set(documented)).toEqual(new Set(codes));
  });

  test("has each warning of a build", () => {
    const section = sections.find((each) => each.startsWith("Warnings")) ?? "";
    const sources = [
      "builder/package-function.ts",
      "builder/toolchains/typescript.ts",
      "builder/toolchains/rust.ts",
      "builder/gate/platform-gate.ts",
    ]
      .map(read)
      .join("\n");
    const warnings = [
      ...sources.matchAll(/warn\(\s*"([A-Z_]+)"/g),
      ...sources.matchAll(/readonly code:([^;]+);/g),
    ].flatMap(([, codes = ""]) => codes.match(/[A-Z_0-9]{4,}/g) ?? []);
    const documented = [...section.matchAll(/^\| `([A-Z_0-9]+)`\s+\|/gm)].map(([, code]) => code);
    expect(new Set(documented)).toEqual(new Set(warnings));
  });
});

test.each(["build", "emulate"] as const)("docs/cli.md has the help of %s, word for word", async (command) => {
  const { stdout } = await runCommand(command, ["--help"]);
  expect(read("docs/cli.md")).toContain(`\`\`\`text\n${stdout}\`\`\`\n`);
});

describe("README.md", () => {
  const readme = read("README.md");
  const commands = [...readme.matchAll(/```sh\n([^]*?)```/g)].map(([, block = ""]) => block.trim());
  const snippets = new Map(
    [...readme.matchAll(/```ts\n\/\/ (\S+)\n([^]*?)```/g)].map(([, name, code = ""]) => [name, code]),
  );
  let folder: string;

  beforeAll(() => {
    // In dist, so that "runtime-aws-lambda" is this package.
    folder = mkdtempSync(join(repositoryFolder, "dist/snippets-"));
    for (const [name, code] of snippets) writeFileSync(join(folder, `${name}`), code);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("its first command prints the handler's JSON", async () => {
    const [command = ""] = commands;
    expect(command).toMatch(/^npm ci && npx build examples\/hello --platform al2-x86_64 && npx emulate /);
    const afterInstall = command.replace(/^npm ci && /, "");
    const environment = { ...process.env, ...noDocker };
    const { stdout } = await run("/bin/sh", ["-c", afterInstall], { cwd: repositoryFolder, env: environment });
    const [zip, answer] = stdout.trim().split("\n");
    expect(zip).toBe(join(repositoryFolder, "examples/hello/function.zip"));
    expect(readme).toContain(`\`\`\`text\n${answer}\n\`\`\``);
  });

  test("its other commands are the ones this test knows", () => {
    expect(commands.slice(1)).toEqual(["npm install runtime-aws-lambda"]);
    expect([...snippets.keys()]).toEqual(["handler.ts", "initialize.ts", "emulate.ts", "build.ts"]);
  });

  test("its handler and its initialiser answer", async () => {
    const invoke = (file: string) =>
      runCommand("emulate", [join(folder, file), "--event", '{"name":"Ada"}', "--quiet"]);
    expect((await invoke("handler.ts")).stdout).toBe('{"message":"Hello, Ada!"}\n');
    expect(JSON.parse((await invoke("initialize.ts")).stdout)).toEqual({
      message: "Hello, Ada!",
      requestId: expect.any(String) as string,
    });
  });

  test("its emulator snippet runs", async () => {
    const { stdout } = await run(process.execPath, ["emulate.ts"], { cwd: folder });
    expect(stdout).toBe("{ message: 'Hello, Ada!' } undefined true\n");
  });

  test("its builder snippet runs", async () => {
    const { stdout } = await run(process.execPath, ["build.ts"], { cwd: folder });
    expect(stdout).toBe(`${join(folder, "function.zip")} 2.17 true\n`);
  });
});

test.each([
  "README.md",
  "CONTRIBUTING.md",
  "docs/architecture.md",
  "docs/cli.md",
  "docs/emulator.md",
  "docs/errors.md",
  "docs/extensions.md",
  "docs/schedules.md",
  "docs/snap-start.md",
  "docs/streaming.md",
  "docs/http.md",
  "docs/runtime.md",
  "examples/README.md",
])("the links of %s lead somewhere", (path) => {
  for (const [, target = ""] of read(path).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
    expect(existsSync(join(repositoryFolder, path, "..", target)), target).toBe(true);
  }
});

test("docs/platforms.md has the table of the platforms", async () => {
  const document = read("docs/platforms.md");
  // Both as oxfmt would have them: it aligns the columns of tables.
  const squeezed = (text: string): string => text.replaceAll(/ +/g, " ").replaceAll(/-+/g, "-");
  expect(squeezed(document)).toBe(squeezed(withPlatformTable(document)));
});
