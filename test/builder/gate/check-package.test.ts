/** Real ELF files, made by this machine's compiler, against the platforms. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { checkPackage } from "../../../builder/gate/check-package.ts";
import type { PackagedFile } from "../../../builder/packaged-file.ts";
import { parseArchitecture, platforms, type Platform } from "../../../images/platforms.ts";
import { test as base } from "../../support/temporary-folder.ts";

const architecture = parseArchitecture(process.arch) ?? "x86_64";
const foreign = architecture === "x86_64" ? "arm64" : "x86_64";
const al2 = platforms[`al2-${architecture}`];
const al2023 = platforms[`al2023-${architecture}`];
const compiler = "gcc";
const noCompiler = process.platform !== "linux" || !existsSync(`/usr/bin/${compiler}`);
const why = noCompiler ? ` (skipped: needs Linux and /usr/bin/${compiler})` : "";
const test = base.extend<{ package: Package }>({
  package: async ({ folder }, use) => use(new Package(folder)),
});

/** An archive-to-be in a temporary folder. */
class Package {
  readonly files: PackagedFile[] = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(path: string, content: string | Buffer): string {
    const fromFile = join(this.#folder, path);
    mkdirSync(dirname(fromFile), { recursive: true });
    writeFileSync(fromFile, content);
    chmodSync(fromFile, 0o755);
    this.files.push({ path, fromFile, mode: 0o755 });
    return fromFile;
  }

  /** Compiles C. */
  compile(path: string, code: string, ...flags: string[]): string {
    const source = join(this.#folder, "source.c");
    writeFileSync(source, code);
    const fromFile = this.write(path, "");
    execFileSync(compiler, ["-o", fromFile, source, ...flags], { stdio: "pipe" });
    return fromFile;
  }

  check(facts = al2023) {
    return checkPackage(this.files, facts);
  }
}

const program = "int main(void) { return 0; }\n";

describe.skipIf(noCompiler)(`compiled files${why}`, () => {
  test("a static program starts everywhere", async ({ package: files }) => {
    files.compile("bootstrap", program, "-static");
    await expect(files.check(al2)).resolves.toMatchObject({
      libraries: [],
      warnings: [],
      objects: [{ path: "bootstrap" }],
    });
    expect(await files.check(al2023)).not.toHaveProperty("glibcNeeded");
  });

  test("too new a glibc is refused with version, library, limit and way out", async ({ package: files }) => {
    const raw = files.compile("bootstrap", program);
    // The version's name and hash in the table of needs: what a newer compiler would have written.
    const patched = readFileSync(raw);
    const name = ["GLIBC_2.34", "GLIBC_2.17"].find((each) => patched.includes(`${each}\0`)) ?? "";
    patched.write("GLIBC_2.38", patched.indexOf(`${name}\0`));
    writeFileSync(raw, patched);
    await expect(files.check(al2023)).rejects.toMatchObject({
      code: "PLATFORM_REFUSED",
      message: `bootstrap would not start on ${al2023.platform}: it needs GLIBC_2.38 of libc.so.6; the platform has up to GLIBC_2.34`,
      hint: expect.stringContaining("--site docker") as string,
    });
  });

  test("for another machine", async ({ package: files }) => {
    files.compile("bootstrap", program);
    await expect(files.check(platforms[`al2023-${foreign}`])).rejects.toThrow(
      `bootstrap would not start on al2023-${foreign}: it is built for ${architecture}, not for ${foreign}`,
    );
  });

  test("for musl", async ({ package: files }) => {
    files.compile("bootstrap", program, `-Wl,--dynamic-linker=/lib/ld-musl-${process.arch}.so.1`);
    await expect(files.check()).rejects.toThrow(
      /asks for the dynamic linker \/lib\/ld-musl-.* \(musl\); the platform has/,
    );
  });

  test("a library is found beside the bootstrap, in lib, by $ORIGIN, and nowhere else", async ({ package: files }) => {
    const library = files.compile("lib/libfoo.so", "int foo(void) { return 7; }\n", "-shared", "-Wl,-soname,libfoo.so");
    const code = "int foo(void); int main(void) { return foo(); }\n";
    files.compile("bootstrap", code, library);
    const report = await files.check();
    expect(report.libraries).toContain("libfoo.so");
    expect(report.objects.map(({ path }) => path)).toEqual(["bootstrap", "lib/libfoo.so"]);
    const [foo, bootstrap] = files.files as [PackagedFile, PackagedFile];
    const at = (path: string, ...others: PackagedFile[]) =>
      checkPackage([bootstrap, { ...foo, path }, ...others], al2023);
    await expect(at("libfoo.so")).resolves.toBeDefined();
    await expect(at("vendor/libfoo.so")).rejects.toMatchObject({
      message: `bootstrap would not start on ${al2023.platform}: it needs the library libfoo.so, which the platform does not promise`,
    });
    const rpath = { ...bootstrap, fromFile: files.compile("other", code, library, "-Wl,-rpath,$ORIGIN/vendor") };
    await expect(checkPackage([rpath, { ...foo, path: "vendor/libfoo.so" }], al2023)).resolves.toBeDefined();
  });

  test("an addon that the platform could not load is refused by its path", async ({ package: files }) => {
    files.compile("bootstrap", program, "-static");
    files.compile(
      "node_modules/a/build/a.node",
      "int a(void) { return 1; }\n",
      "-shared",
      "-Wl,--no-as-needed",
      "-lfoo",
      ...unpackedLibrary(files),
    );
    await expect(files.check()).rejects.toMatchObject({
      code: "PLATFORM_REFUSED",
      message: `node_modules/a/build/a.node would not be loaded on ${al2023.platform}: it needs the library libfoo.so, which the platform does not promise`,
    });
  });

  test("what is for others is dead weight", async ({ package: files }) => {
    files.compile("bootstrap", program, "-static");
    files.write("prebuilds/darwin-arm64/a.node", Buffer.from("cffaedfe0c000001", "hex"));
    const arm = readFileSync(files.compile("prebuilds/linux-other/a.node", "int a;\n", "-shared"));
    arm.writeUInt16LE(40, 18);
    files.write("prebuilds/linux-other/a.node", arm);
    files.write("notes/elf.txt", "\u007fELF is how it begins");
    files.write("data.json", "{}");
    const report = await checkPackage([...new Map(files.files.map((each) => [each.path, each])).values()], al2023);
    expect(report.warnings).toEqual([
      {
        code: "FOREIGN_OBJECT",
        message: `Of no use on ${al2023.platform}, but in the archive: prebuilds/linux-other/a.node, notes/elf.txt`,
      },
    ]);
  });
});

/** A library to link with that no archive has. */
function unpackedLibrary(files: Package): string[] {
  const path = files.compile("libfoo.so", "int foo(void) { return 7; }\n", "-shared", "-Wl,-soname,libfoo.so");
  files.files.pop();
  return ["-L", dirname(path)];
}

describe("scripts", () => {
  test.for(["#!/bin/sh", "#!/bin/bash -e", "#! /usr/bin/env bash", "#!/usr/bin/bash"])(
    "%s",
    async (line, { package: files }) => {
      files.write("bootstrap", `${line}\nexit 1\n`);
      await expect(files.check(al2)).resolves.toMatchObject({ objects: [], libraries: [] });
    },
  );

  test.for([
    ["#!/usr/bin/env python3", "python3, which al2-"],
    ["#!/usr/bin/python", "/usr/bin/python, which al2-"],
    ["#!/bin/sh\r", "/bin/sh, which al2-"],
  ] as const)("%j is refused", async ([line, words], { package: files }) => {
    files.write("bootstrap", `${line}\nexit 1\n`);
    await expect(files.check(al2)).rejects.toThrow(words);
  });
});

test("no bootstrap, one that is nothing, one that is missing", async ({ package: files, folder }) => {
  await expect(files.check()).rejects.toThrow("The archive has no file bootstrap");
  files.write("bootstrap", "text");
  await expect(files.check()).rejects.toMatchObject({ code: "PLATFORM_REFUSED", cause: { code: "NOT_ELF" } });
  const missing = [{ path: "bootstrap", fromFile: join(folder, "missing"), mode: 0o755 }];
  await expect(checkPackage(missing, al2023)).rejects.toMatchObject({ code: "ENOENT" });
});

const node = join(import.meta.dirname, "../../../node_modules/node/bin/node");
const isX64Linux = process.platform === "linux" && process.arch === "x64" && existsSync(node);
const notHere = isX64Linux ? "" : " (skipped: needs x86_64 Linux and the npm package node)";

test.skipIf(!isX64Linux)(`npm's Node.js 24 starts on al2023-x86_64 and on no other platform${notHere}`, async () => {
  const check = (platform: Platform) =>
    checkPackage([{ path: "bootstrap", fromFile: node, mode: 0o755 }], platforms[platform]);
  const report = await check("al2023-x86_64");
  expect(report).toMatchObject({ glibcNeeded: "2.28", warnings: [] });
  expect(report.libraries).toContain("libstdc++.so.6");
  await expect(check("al2-x86_64")).rejects.toMatchObject({
    code: "PLATFORM_REFUSED",
    message: expect.stringContaining("needs GLIBC_2.28 of libc.so.6; the platform has up to GLIBC_2.26") as string,
    hint: expect.stringContaining("--engine bun") as string,
  });
  await expect(check("al2023-arm64")).rejects.toThrow(
    "bootstrap would not start on al2023-arm64: it is built for x86_64, not for arm64",
  );
});
