import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { stripSymbols } from "../../builder/engines/strip-symbols.ts";
import { test } from "../support/temporary-folder.ts";

const symbolTable = 2;

/** Types of the sections, by the section headers. */
function sectionTypes(elf: Buffer): number[] {
  const offset = Number(elf.readBigUInt64LE(40));
  return Array.from({ length: elf.readUInt16LE(60) }, (_, index) => elf.readUInt32LE(offset + index * 64 + 4));
}

test("this Node.js runs without its symbols, and an addon would still find its functions", ({ folder }) => {
  const original = readFileSync(process.execPath);
  const stripped = stripSymbols(original);
  expect(stripped.length).toBeLessThanOrEqual(original.length);
  expect(sectionTypes(stripped)).not.toContain(symbolTable);
  const path = join(folder, "node");
  writeFileSync(path, stripped, { mode: 0o755 });
  expect(execFileSync(path, ["--print", "process.version"], { encoding: "utf8" })).toBe(`${process.version}\n`);
  expect(stripSymbols(stripped).equals(stripped), "once more changes nothing").toBe(true);
});

test("a C program with debug information becomes smaller, and binutils read what is left", ({ folder }) => {
  const source = join(folder, "main.c");
  writeFileSync(source, '#include <stdio.h>\nint main(void) { puts("hello"); return 7; }\n');
  const [plain, path] = [join(folder, "plain"), join(folder, "stripped")];
  execFileSync("gcc", ["-g", "-o", plain, source]);
  const original = readFileSync(plain);
  expect(sectionTypes(original)).toContain(symbolTable);
  writeFileSync(path, stripSymbols(original), { mode: 0o755 });
  expect(readFileSync(path).length).toBeLessThan(original.length);
  expect(() => execFileSync(path, { stdio: "pipe" })).toThrow(expect.objectContaining({ status: 7 }));
  const sections = execFileSync("readelf", ["--wide", "--sections", "--segments", path], { encoding: "utf8" });
  expect(sections).toMatch(/\.dynsym .* \.dynstr .*\.shstrtab/s);
  expect(sections).not.toMatch(/\.debug|\.symtab|warning/i);
});
