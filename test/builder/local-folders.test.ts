import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { cargoFolders, goFolders } from "../../builder/sources/local-folders.ts";
import { test } from "../support/temporary-folder.ts";

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

test("Cargo: the workspace above, and dependencies by path from there on", ({ folder }) => {
  write(folder, {
    "work/Cargo.toml": "[workspace]\nmembers = ['api']\n[workspace.dependencies]\nshared = { path = '../shared' }\n",
    "work/api/Cargo.toml": '[package]\nname = "api"\n[[bin]]\npath = "src/other.rs"\n[dependencies.x]\npath="../x"\n',
    "work/x/Cargo.toml": "",
    "shared/Cargo.toml": '[dependencies]\ndeep = { version = "1", path = "../deep" }\n',
    "deep/Cargo.toml": "[dependencies]\nshared = { path = '../shared' }\n",
  });
  expect(cargoFolders(join(folder, "work/api"))).toEqual(
    ["work/api", "work/x", "work", "shared", "deep"].map((each) => join(folder, each)),
  );
});

test("Go: go.work above, replaced and used modules", ({ folder }) => {
  write(folder, {
    "go.work": "go 1.22\nuse (\n\t./api\n\t./used\n)\n",
    "api/go.mod": "module api\nreplace example.com/a => ../a\nreplace (\n\texample.com/b v1.0.0 => ./b\n)\n",
    "used/go.mod": "",
    "a/go.mod": "",
    "api/b/go.mod": "",
  });
  expect(goFolders(join(folder, "api")).toSorted()).toEqual(
    [".", "a", "api", "api/b", "used"].map((each) => join(folder, each)),
  );
});

test("a project alone is its own folder", ({ folder }) => {
  write(folder, { "Cargo.toml": "[package]\n", "go.mod": "module a\n\nrequire example.com/b v1.0.0\n" });
  expect(cargoFolders(folder)).toEqual([folder]);
  expect(goFolders(folder)).toEqual([folder]);
});
