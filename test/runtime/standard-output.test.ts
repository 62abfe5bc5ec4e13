/** In processes of their own, since it is their standard output. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { event, startScriptedRuntimeApi } from "../support/scripted-runtime-api.ts";
import { test } from "../support/temporary-folder.ts";

const runtime = JSON.stringify(new URL("../../dist/runtime/index.js", import.meta.url).href);
const lineCount = 5000;

/** Runs a handler for one event; notes what had been printed when its answer came. */
async function print(folder: string, handler: string): Promise<{ stdout: string; stderr: string; atAnswer: number }> {
  await using api = await startScriptedRuntimeApi([event("1")]);
  const file = join(folder, "bootstrap.mjs");
  writeFileSync(file, `import { defaultRuntime } from ${runtime};\nawait defaultRuntime(() => ${handler}).run();`);
  const child = spawn(process.execPath, [file], {
    env: { AWS_LAMBDA_RUNTIME_API: api.authority },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "", atAnswer: 0 };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
      if (!api.requests.some(({ route }) => route.endsWith("/response")))
        output.atAnswer += chunk.split("\n").length - 1;
    });
  }
  await new Promise((resolve) => child.once("close", resolve));
  return output;
}

test.each([
  ["console.log", 'console.log("line " + i)', "stdout"],
  ["process.stdout.write", 'process.stdout.write("line " + i + "\\n")', "stdout"],
  ["process.stderr.write", 'process.stderr.write("line " + i + "\\n")', "stderr"],
] as const)("%s: nothing is lost, and all of it is out before the answer", async (_name, statement, stream) => {
  const { mkdtempSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const folder = mkdtempSync(join(tmpdir(), "runtime-aws-lambda-test-"));
  try {
    const output = await print(folder, `() => { for (let i = 0; i < ${lineCount}; i++) ${statement}; }`);
    expect(output[stream].match(/line \d+$/gm)).toHaveLength(lineCount);
    // What is still in the pipe when the answer is seen is at most what a pipe holds.
    expect(output.atAnswer).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("lines keep their order when both ways are used", async ({ folder }) => {
  const { stdout } = await print(
    folder,
    `() => { console.log("first"); process.stdout.write("second\\n".repeat(1000)); console.log("third"); }`,
  );
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(1002);
  expect([lines[0], lines[1], lines.at(-1)]).toEqual([
    expect.stringContaining("\tINFO\tfirst"),
    "second",
    expect.stringContaining("\tINFO\tthird"),
  ]);
});

test("the last lines before process.exit are not lost", async ({ folder }) => {
  const { stdout } = await print(
    folder,
    `() => { for (let i = 0; i < ${lineCount}; i++) console.log("line " + i); process.exit(3); }`,
  );
  expect(stdout.match(/line \d+$/gm)).toHaveLength(lineCount);
});

test("a line feed inside of an entry becomes a carriage return", async ({ folder }) => {
  const { stdout } = await print(folder, `() => console.log("two\\nlines")`);
  expect(stdout).toContain("\tINFO\ttwo\rlines\n");
});
