/** Whole responses of a Runtime API are read by the engine itself, and come to the same as what the runtime reads. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "vitest";
import { engineTimeoutMs, runProgram } from "../support/native-engine.ts";
import { repositoryFolder } from "../support/run-command.ts";
import { test } from "../support/temporary-folder.ts";

const program = `${repositoryFolder}test/fixtures/engine/responses.mjs`;

test("byte by byte and all at once", { timeout: engineTimeoutMs }, async ({ folder }) => {
  const node = await promisify(execFile)(process.execPath, [program]);
  const native = await runProgram(folder, `import ${JSON.stringify(program)};`);
  expect(native.stderr).toBe("");
  expect(native.stdout.split("\n")).toEqual(node.stdout.split("\n"));
});

test("the engine has it under the name that the runtime asks for", { timeout: engineTimeoutMs }, async ({ folder }) => {
  const asked = `const { readResponse } = process.getBuiltinModule("native:http");
    const bytes = Buffer.from("HTTP/1.1 202 Accepted\\r\\nContent-Length: 2\\r\\n\\r\\nok");
    console.log(readResponse(bytes, 0, bytes.length).status, readResponse(bytes, 0, bytes.length - 1));`;
  expect((await runProgram(folder, asked)).stdout).toBe("202 undefined\n");
});
