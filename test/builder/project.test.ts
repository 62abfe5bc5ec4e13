import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { detectProject } from "../../builder/project.ts";
import { test } from "../support/temporary-folder.ts";

/** Files by path; a name alone is an empty one. */
function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

test.for([
  ["handler.ts", { "handler.ts": "", "index.ts": "" }, "handler.ts"],
  ["index.js in src", { "src/index.js": "" }, "src/index.js"],
  [
    "what package.json names as source",
    { "package.json": '{"source":"lib/start.ts","main":"dist/gone.js"}', "handler.ts": "", "lib/start.ts": "" },
    "lib/start.ts",
  ],
  ["a handler beside a Makefile", { "handler.ts": "", Makefile: "bootstrap:\n" }, "handler.ts"],
] as const)("a TypeScript or JavaScript folder: %s", ([, files, expected], { folder }) => {
  write(folder, files);
  expect(detectProject(folder)).toEqual({ toolchain: "typescript", folder, sourcePath: join(folder, expected) });
});

test("a module is a project in its folder", ({ folder }) => {
  write(folder, { "orders.mts": "", "Cargo.toml": "" });
  const sourcePath = join(folder, "orders.mts");
  expect(detectProject(sourcePath)).toEqual({ toolchain: "typescript", folder, sourcePath });
});

test.for([
  ["rust", { "Cargo.toml": "", Makefile: "bootstrap: x\n" }],
  ["go", { "go.mod": "", "main.go": "" }],
  ["cmake", { "CMakeLists.txt": "", Makefile: "bootstrap:\n" }],
  ["make", { Makefile: "CXXFLAGS := -O2\n\nbootstrap : main.o\n\tcc -o $@ $^\n" }],
  ["make", { GNUmakefile: "all: x\nbuild/other bootstrap: main.o\n" }],
] as const)("%s is detected by %j", ([toolchain, files], { folder }) => {
  write(folder, files);
  expect(detectProject(folder)).toEqual({ toolchain, folder, sourcePath: folder });
});

test("where several toolchains fit, the one named is taken, and without a name it is an error", ({ folder }) => {
  write(folder, { "Cargo.toml": "", "index.js": "", Makefile: "bootstrap:\n" });
  expect(() => detectProject(folder)).toThrow(
    expect.objectContaining({
      code: "PROJECT_NOT_FOUND",
      message: `${folder} can be built as rust and as typescript`,
      hint: "Say which: --toolchain rust or --toolchain typescript",
    }),
  );
  expect(detectProject(folder, "typescript")).toMatchObject({ sourcePath: join(folder, "index.js") });
  expect(detectProject(folder, "make")).toMatchObject({ toolchain: "make", sourcePath: folder });
});

test.for([
  ["nothing", undefined, {}, undefined, "There is nothing at"],
  ["an empty folder", ".", {}, undefined, "There is no project in"],
  ["a Makefile without the target", ".", { Makefile: "all:\nbootstrap = x\nBOOTSTRAP:\n" }, undefined, "no project in"],
  ["another toolchain than there is", ".", { "go.mod": "" }, "rust", "holds nothing for the toolchain rust"],
  ["a file of another language", "main.rs", { "main.rs": "" }, undefined, "is not a TypeScript or JavaScript module"],
  ["a package.json that is none", ".", { "package.json": "x" }, undefined, "package.json is not valid JSON"],
] as const)("%s is PROJECT_NOT_FOUND", ([, path, files, toolchain, message], { folder }) => {
  write(folder, files);
  expect(() => detectProject(join(folder, path ?? "nowhere"), toolchain)).toThrow(
    expect.objectContaining({ code: "PROJECT_NOT_FOUND", message: expect.stringContaining(message) as string }),
  );
});
