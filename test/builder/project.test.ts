import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { detectProject } from "../../builder/project.ts";
import { test } from "../support/temporary-folder.ts";

test.for([
  ["handler.ts", ["handler.ts", "index.ts"], "handler.ts"],
  ["index.js in src", ["src/index.js"], "src/index.js"],
  ["what package.json names as source", ["package.json", "handler.ts", "lib/start.ts"], "lib/start.ts"],
] as const)("a folder: %s", ([, files, expected], { folder }) => {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), file === "package.json" ? '{"source":"lib/start.ts","main":"dist/gone.js"}' : "");
  }
  expect(detectProject(folder)).toEqual({ folder, sourcePath: join(folder, expected) });
});

test("a module is a project in its folder", ({ folder }) => {
  writeFileSync(join(folder, "orders.mts"), "");
  expect(detectProject(join(folder, "orders.mts"))).toEqual({ folder, sourcePath: join(folder, "orders.mts") });
});

test.for([
  ["nothing", undefined, "There is nothing at"],
  ["an empty folder", "", "There is no handler module in"],
  ["a Rust project", "Cargo.toml", "is a Rust project (Cargo.toml); this version builds TypeScript"],
  ["a Go project", "go.mod", "is a Go project"],
  ["a package.json that is none", "package.json", "package.json is not valid JSON"],
] as const)("%s is PROJECT_NOT_FOUND", ([, file, message], { folder }) => {
  if (file !== undefined && file !== "") writeFileSync(join(folder, file), "x");
  expect(() => detectProject(file === undefined ? join(folder, "nowhere") : folder)).toThrow(
    expect.objectContaining({ code: "PROJECT_NOT_FOUND", message: expect.stringContaining(message) as string }),
  );
});
