import { chmodSync, mkdirSync, realpathSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { readSourceTree } from "../../builder/sources/source-tree.ts";
import { test } from "../support/temporary-folder.ts";

function write(path: string, content = ""): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

test("files go along with mode and time; caches, installed packages and version control do not", async ({ folder }) => {
  const root = realpathSync(folder);
  write(join(folder, "target/CACHEDIR.TAG"));
  write(join(folder, "target/release/big"));
  write(join(folder, "node_modules/a/index.js"));
  write(join(folder, ".git/HEAD"));
  write(join(folder, "src/main.rs"));
  const script = write(join(folder, "build.sh"));
  chmodSync(script, 0o755);
  const modifiedAt = new Date("2026-01-02T03:04:05Z");
  utimesSync(script, modifiedAt, modifiedAt);
  const tree = await readSourceTree([folder]);
  expect(tree.root).toBe(root);
  expect(tree.entries.map(({ path }) => path)).toEqual(["build.sh", "src/main.rs"]);
  expect(tree.entries[0]).toEqual({
    path: "build.sh",
    mode: 0o755,
    modifiedAt,
    content: { fromFile: join(root, "build.sh") },
  });
});

test("links stay links inside of the tree, and become what they lead to outside of it", async ({ folder }) => {
  const root = realpathSync(folder);
  const shared = join(root, "shared");
  write(join(shared, "lib/a.h"));
  symlinkSync("..", join(shared, "lib/up"));
  symlinkSync("nowhere", join(shared, "lib/broken"));
  const project = join(root, "project");
  write(join(project, "main.c"));
  symlinkSync("main.c", join(project, "copy.c"));
  symlinkSync("../shared/lib", join(project, "lib"));
  symlinkSync("../shared/lib/a.h", join(project, "b.h"));
  const { entries } = await readSourceTree([project]);
  expect(entries.map(({ path, content }) => [path, content])).toEqual([
    ["b.h", { fromFile: join(shared, "lib/a.h") }],
    ["copy.c", { linkTo: "main.c" }],
    ["lib/a.h", { fromFile: join(shared, "lib/a.h") }],
    ["lib/broken", { linkTo: "nowhere" }],
    // Once more by the link upwards, and then no further.
    ["lib/up/lib/a.h", { fromFile: join(shared, "lib/a.h") }],
    ["lib/up/lib/broken", { linkTo: "nowhere" }],
    ["lib/up/lib/up", { linkTo: ".." }],
    ["main.c", { fromFile: join(project, "main.c") }],
  ]);
});

test("several folders lie as they lie on this machine, each once", async ({ folder }) => {
  write(join(folder, "a/api/Cargo.toml"));
  write(join(folder, "a/Cargo.toml"));
  write(join(folder, "b/lib/Cargo.toml"));
  write(join(folder, "other/huge"));
  const tree = await readSourceTree([join(folder, "a/api"), join(folder, "b/lib"), join(folder, "a")]);
  expect(tree.root).toBe(realpathSync(folder));
  expect(tree.entries.map(({ path }) => path)).toEqual(["b/lib/Cargo.toml", "a/Cargo.toml", "a/api/Cargo.toml"]);
});
